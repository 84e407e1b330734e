"""What the pages say of websites: their condition, which are listed, their uptime, checks and certificates."""
