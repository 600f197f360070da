"""Porchlight, the map. Read this first.

    three doors                  one set of rules             one way out
    -----------                  ----------------             -----------
    staff/     session cookie ─┐
    customer/  share link     ─┼─> domain/ verbs ─> models ─> customer_copy ──> customer page
    hooks/     signature      ─┘       │
                                       └─ leave an Event ─ commit ─ bell ─────> live streams ("look again")

1. A door knows who you are; a verb knows the rule; a copy knows what may be said.
2. A document has an office copy and a customer's copy, as on a carbon form. Customer pages are made from the
   customer's copy, never from the record.
3. What commits, rings: a verb leaves an Event row; the commit of that row rings the bell for its document.
4. The bell carries nothing but a version. A page that hears it fetches its own URL again through the ordinary door.

The ladder: imports point down only, and tests/test_house.py reads them.

    8  portal/server.py  portal/http.py   one gevent process; deadlines and limits for whoever connects
    8  doorway                            who is served when, and where a crowd waits
    8  crowd                              who gives a place back when few are left
    7  app.py  cli  first_start  demo     wires all; commands; the very first minute; sample data
    6  portal/staff/  portal/customer/  portal/hooks/  health      the doors never import one another
    5  portal/outside/  answers  assets  calendar  fields  money_fields  printouts  proxies
    5  signature_form  stored             what doors share
    5  letters  office_letters  postman  printer     what mails say, and who takes them away; who prints many
    5  cashier  sweep                     who asks Stripe, and when
    5  strays                             files that no record names
    4  portal/customer_copy/              reads records, returns none
    3  portal/domain/                     the rules; no HTTP, HTML, network or commit
    2  portal/db.py  sqlite  postgres  portal/live.py     db rings live; live knows nobody
    2  portal/hub.py                      the open streams as the server keeps them: bare descriptors
    2  totals  amounts                    what a document comes to; how amounts are written and typed
    1  models.py  bank  clock  dates  flights  ink  languages  money  online  palette   import nothing of ours
    1  regions  settings  throttle  turns

Where things are: a noun has one file in domain/, one in staff/, one folder of templates, and tests that mirror them.
"""
