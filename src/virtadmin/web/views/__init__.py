"""The pages, one file each: thin doors to the selectors and services of the apps below."""
