"""What a browser calls itself, in words people know: "Firefox on Windows". Pure."""

BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
    ("python", "Python"),
)  # fmt: skip
"""A mark and whose it is. The order counts: Edge also says that it is Chrome, and Chrome that it is Safari."""
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(agent: str) -> str:
    """Browser and system, as far as the User-Agent tells; "Unknown browser" if it does not."""
    browser = _first(agent, BROWSERS) or "Unknown browser"
    system = _first(agent, SYSTEMS)
    return f"{browser} on {system}" if system else browser


def _first(agent: str, marks: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in marks if mark.lower() in agent.lower()), "")
