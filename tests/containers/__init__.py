"""The image and the compose file, built and run here with podman."""
