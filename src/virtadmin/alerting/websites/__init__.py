"""Incidents of websites: judged, told, and ended when nobody watches any more."""
