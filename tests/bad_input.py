"""What people, programs and attackers put into forms."""

# Harmless once it is treated as text: it is kept as typed and shown as typed.
STRANGE = {
    "markup": """<script>alert(1)</script><img src=x onerror=alert(1)>"'></textarea></title> &amp; &lt;""",
    "templates": "{{ 7*7 }} {% raw %} ${7*7} %(name)s %s %d %% {0} #{7*7}",
    "emoji": "👩‍🔧 🚿 🇩🇪 ✅",
    "right to left": "السباك محمد \u202eabc\u202c שרברב",
    "combining": "Zoë Ṇ̀ı́ño ﬁ Å",
    "database": "'; DROP TABLE customer; -- \\ \" ` %",
    "one long word": "W" * 100,
}

# (typed, what is kept of it)
UNTYPABLE = {
    "control characters": ("Kit\x00chen\x07 \x1btap\x7f", "Kit chen tap"),
    "line ends": ("Kitchen\r\ntap\u2028now", "Kitchen tap now"),
    "spaces": ("  Kitchen \t tap\u00a0 ", "Kitchen tap"),
    "byte order mark": ("\ufeffKitchen tap", "Kitchen tap"),
}

PHONES = ["abc", "1", "12", "()-", "☎"]
EMAILS = ["carol", "carol@", "@home.example", "carol@home", "ca rol@home.example", "a@b@c.example", "<a@home.example>"]
DAYS = ["2026-13-01", "2026-02-30", "tomorrow", "22.11.2026", "0202-11-22", "9999-12-31", "2026-11-22T10:00", "<b>"]
TIMES = ["25:00", "10:99", "noon", "-1:00", "10", "10:00:99"]
QUANTITIES = [
    "0",
    "0.0",
    "-1",
    "1e3",
    "NaN",
    "Infinity",
    "1.2.3",
    ".",
    ",",
    "two",
    "0.00001",
    "1000000.5",
    "9" * 19,
    "9" * 999,
]
EDITIONS = ["", "0", "-1", "7", "x", "²", "1.0", "9" * 5000, "1 OR 1=1"]
