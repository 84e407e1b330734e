"""How static files are stored: under hashed names, for ever cacheable, compressed once."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

LEFT_OUT = ["*.map", "redoc", "rest_framework"]
"""What packages bring and no page of ours uses: source maps, a second API browser, DRF's own pages."""


URL, IMPORT = (
    r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",
    (r"""(?P<matched>@import\s*["']\s*(?P<url>.*?)["'])""", '@import url("%(url)s")'),
)
"""How style sheets name other files, in the form of Django's HashedFilesMixin.patterns."""


MODULE = (
    r"""(?P<matched>(?P<import>import\s*\{[^}]*\})\s*from\s*["'](?P<url>\./[^"']+)["'])""",
    """%(import)s from "%(url)s\"""",
)
"""How our modules name each other."""


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Whitenoise's, without a look for source maps."""

    patterns = (("*.css", (URL, IMPORT)), ("web/*.js", (MODULE,)))
