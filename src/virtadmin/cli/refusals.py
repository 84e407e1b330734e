"""What an administrator can mend, in one sentence and with what to do; anything else is a bug and shows its trace."""


def sentence_of(error: Exception) -> str:
    """The sentence; empty where there is none. Django is loaded only once something has failed."""
    import redis
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if not isinstance(error, OperationalError | redis.RedisError):
        return ""
    from django.conf import settings

    from virtadmin.operations.doctor.checks import database, valkey

    if isinstance(error, OperationalError):
        found, what = database.refusal_judge(database.words(error)), "the database"
    else:
        local = settings.REDIS_URL.startswith("unix:")
        found, what = valkey.refusal_judge(str(error), local=local), "Valkey"
    return f"{what}: {found.said.rstrip('.')}. {found.advice[:1].upper()}{found.advice[1:]}."
