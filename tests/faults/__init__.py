"""What a whole hub does when something that it stands on fails under it."""
