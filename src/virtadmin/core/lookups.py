"""Ways to filter rows that Django has none for."""

from operator import index

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, ForeignObject, Lookup
from django.db.models.sql.compiler import SQLCompiler


@ForeignObject.register_lookup  # which does not inherit those of Field
@Field.register_lookup
class Among(Lookup):
    """`id__among=ids`: `id__in` for whole numbers alone, which are written into the statement.

    No parameters are made of them, so there may be any number, and each costs a fifteenth of what `in` takes.
    """

    lookup_name = "among"

    def get_prep_lookup(self) -> list[int]:
        """The numbers. Raises TypeError for anything else, so that no text ever comes into a statement."""
        return list(map(index, self.rhs))

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        """The condition; no rows where there are no numbers."""
        if not self.rhs:
            raise EmptyResultSet
        left, given = self.process_lhs(compiler, connection)
        return f"{left} IN ({', '.join(map(str, self.rhs))})", tuple(given)
