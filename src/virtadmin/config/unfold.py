"""How the admin site looks: the settings of django-unfold."""

from django.templatetags.static import static

SHADES = dict(
    zip(
        ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950"),
        [
            "#eef7f7",
            "#d4ebec",
            "#aedade",
            "#7fd0d3",
            "#4aa9ae",
            "#26868c",
            "#0d6a71",
            "#0d5c63",
            "#104b51",
            "#113e43",
            "#06282b",
        ],
        strict=True,
    )
)
"""The pages' accent colour, from light to dark, as the admin site wants it."""
LOOK = {
    "SITE_TITLE": "Virtadmin",
    "SITE_HEADER": "Virtadmin",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("web/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("web/logo.svg")}],
    "STYLES": [lambda request: static("web/admin.css")],
    "SHOW_HISTORY": False,
    "BORDER_RADIUS": "4px",
    "COLORS": {"primary": SHADES},
    "SIDEBAR": {"show_search": True, "navigation": "virtadmin.config.sidebar.navigation"},
}
