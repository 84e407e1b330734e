"""The run that turns a profile into a watched server, or takes a server's probe away again.

A worker's thread drives it: asyncio coroutines do the SSH, one after the other (`asyncio.Runner`), and between them
the thread alone touches the database.

    run.py        claims the profile, picks the course, settles every outcome
    enrol.py      the course by a login          by_hand.py   the course after a printed script
    unenrol.py    the course that takes it away
    trust.py      which host keys to believe     login.py     the way in          privilege.py  the way to root
    script.py     uploads and runs the script    lines.py     what it says        log.py        what people see of it
    verify.py     the new login with the new key outcome.py   success and failure half_made.py  rows of unfinished runs
"""
