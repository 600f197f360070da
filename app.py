"""create_app: knows everything, wires everything, holds no rules."""

from functools import partial

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.routing import IntegerConverter

from portal import answers, assets, cli, first_start, health, languages, settings
from portal import customer as customer_door
from portal import db as database
from portal import hooks as hooks_door
from portal import staff as staff_door
from portal.cashier import Cashier
from portal.customer import way_back
from portal.live import Viewers
from portal.outside import qr, storage
from portal.outside.checkout import Till
from portal.outside.paper import Press
from portal.outside.worker import Worker
from portal.palette import palette
from portal.postman import Postman
from portal.printer import Printer
from portal.proxies import TrustedProxies
from portal.staff import words
from portal.sweep import Sweep
from portal.throttle import Throttle


def create_app(given: settings.Settings | None = None) -> Flask:
    """The application, for `given` settings or those of the environment, where a bad one ends the process."""
    chosen = given or settings_of_environment()
    app = Flask(__name__, static_folder=None)
    app.config |= {
        "SECRET_KEY": chosen.secret_key,
        "PROVIDE_AUTOMATIC_OPTIONS": False,  # OPTIONS answered differently for links that exist
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "SESSION_COOKIE_NAME": "__Host-porchlight" if chosen.is_https else "porchlight",
        "SESSION_COOKIE_SECURE": chosen.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": 60 * 60 * 24 * 60,
        "WTF_CSRF_TIME_LIMIT": None,  # a tab may stay open all day
        "WTF_CSRF_SSL_STRICT": False,  # asks for a Referer, which our own policy takes away
        "TRUSTED_HOSTS": chosen.trusted_hosts,
    }
    app.url_map.converters["int"] = partial(IntegerConverter, max=2**31 - 1)  # what the database can hold
    app.url_map.merge_slashes = False  # a doubled slash would be answered with a redirect instead of the one 404
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    viewers = Viewers(
        total=chosen.streams_total,
        per_link=chosen.streams_per_link,
        per_address=chosen.streams_per_address,
        secret=chosen.secret_key,
    )
    files = storage.opened(chosen.files_dir, chosen.files_url, chosen.shop_id)
    folder = chosen.data_dir / "paper"
    viewers.is_good = partial(staff_door.live.is_good, app)
    app.extensions |= {
        "settings": chosen,
        "viewers": viewers,
        "kept_pages": customer_door.kept.Pages(),
        "storage": files,
        "worker": Worker(),
        "press": Press(worker=Worker(memory_mb=700, rss_mb_most=110, idle_s=120), folder=folder, storage=files),
        "tries_by_account": Throttle(most=10, window_s=15 * 60),
        "tries_by_address": Throttle(most=50, window_s=15 * 60),
        "asked_by_account": Throttle(most=3, window_s=60 * 60),
        "asked_by_address": Throttle(most=10, window_s=60 * 60),
        "postman": Postman(app),
        "printer": Printer(app),
        "till": Till(chosen.stripe) if chosen.stripe else None,
    }
    till = app.extensions["till"]
    app.extensions["cashier"] = cashier = Cashier(till, chosen.base_url) if till else None
    app.extensions["sweep"] = Sweep(app, cashier) if cashier else None

    database.attach(app, chosen, viewers)
    if given is None:  # a flask command: `flask db` asks for them; the server loads them only to run them
        first_start.with_migrations(app)
    languages.attach(app)
    app.before_request(answers.limit_body)  # before the CSRF check, which reads the form
    csrf = CSRFProtect(app)
    for door in (customer_door.bp, way_back.bp, hooks_door.bp):
        csrf.exempt(door)
    app.session_interface = staff_door.StaffSessions()
    staff_door.login.init_app(app, add_context_processor=False)  # it would load a user for customers' pages too
    answers.attach(app)
    for blueprint in (assets.bp, health.bp, customer_door.bp, way_back.bp, hooks_door.bp, staff_door.bp):
        app.register_blueprint(blueprint)
    cli.attach(app)
    words.attach(app)
    app.jinja_env.globals |= {
        "static_url": assets.static_url,
        "inline_css": assets.inline_css,
        "inline_palette": assets.inline_palette,
        "palette": palette,
        "transfer_code": qr.transfer,
        "base_url": chosen.base_url,
    }
    app.jinja_env.filters["fingerprint"] = assets.fingerprint
    # Outermost first to be asked: who is calling, then whether it is a stream.
    app.wsgi_app = customer_door.stream.ShortWay(app)
    app.wsgi_app = app.extensions["proxies"] = TrustedProxies(app.wsgi_app, chosen.trusted_proxies)
    return app


def settings_of_environment() -> settings.Settings:
    try:
        chosen = settings.read()
        storage.opened(chosen.files_dir, chosen.files_url, chosen.shop_id)
        return chosen
    except settings.BadSetting as error:
        raise SystemExit(f"Porchlight cannot start. {error}") from error
