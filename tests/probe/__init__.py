"""The probe: both kinds of it, on this machine, on recorded systems and on real servers."""
