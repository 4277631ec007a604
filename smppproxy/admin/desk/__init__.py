"""The abuse desk's web page: server-rendered HTML under `/desk`, made of what the control socket answers.

Nothing here decides or keeps anything but sessions: a page asks verbs (`Backend.ask`) and the trace, and shows what
they say; a form is one verb with `who` and `why`. It works without a script and loads nothing from elsewhere.
"""
