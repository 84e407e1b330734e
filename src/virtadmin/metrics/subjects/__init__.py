"""What a server is watched for, a subject a file: how its part of a sample is parsed, and what is derived from it.

`parse` takes the text of the kernel's file and skips lines it cannot read. `derive` is pure and gives a pair:
values by the catalogue's names, and details for people.
"""
