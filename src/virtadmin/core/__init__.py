"""The shared kernel: errors, stored secrets, the registry of plug-ins, the live bus. It knows no app."""
