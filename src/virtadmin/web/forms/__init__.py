"""What people fill in. Rules live in the services; forms only shape what is typed and show what a service refuses."""
