"""The browser interface: the only room with streamlit.

How to add a page
-----------------
1. Write `pages/<name>.py`, under 60 lines, read -> call -> draw. It starts with

       from khid_eval.ui import frame
       frame.guard(__file__)        # a deep link on a fresh server runs the file without app.py: this sends it back
       frame.heading("<name>")      # title and sentence: the phrases "<name>.title" and "<name>.sentence"

2. Add `assets/words/<name>.json`: {"title": {"en": "…", "km": "…"}, "sentence": {…}, …}. Every phrase a person reads
   is there, in both languages, and comes out of `words.t("<name>.<key>", **values)`.
3. Add the page to `PAGES` in `app.py` and its name in the menu to `assets/words/nav.json`.
4. Widget keys start with the page's name. A widget that should survive a visit to another page takes
   `persist_state="session"`; one that belongs into a shared link takes `bind="query-params"`.

What helps
----------
`frame`     guard, heading, and the states that every page has: `empty`, `failed` (takes a KhidError), `note`
`choice`    menus whose words depend on the language, and sliders that come and go: Streamlit's own lose what was chosen
`told`      what errors of the other rooms say, in the words of a page: no advice for a terminal
`run_shelf` the runs there are, and the one that all pages look at, in the address as well
`data`      the only place with `st.cache_*`: shared by all visitors, so never a photo, a reading or a credential
`session`   what belongs to one visitor: target, credentials, photos, masking, policy; `session.wipe()` forgets it
`words`     all phrases

Photos, readings and credentials live in `st.session_state` and nowhere else; `forget` drops them when a browser has
gone. `make screenshots` takes pictures of every page, in both widths, themes and languages: look at them.
"""
