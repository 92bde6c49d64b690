"""All settings on one page; every value that differs between machines comes from the environment."""

from __future__ import annotations

import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from marketplace import env, services

BASE_DIR = env.BASE_DIR
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
TESTING = "pytest" in sys.modules
DEBUG = env.flag("DEBUG", default=True)
DEMO = env.flag("DEMO", default=DEBUG)
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" + (",testserver" if TESTING else ""))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SITE_ADDRESS = env.text("SITE_ADDRESS", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "marketplace.console.admin_app.Rows",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "marketplace.apps.StaticFiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials",
    "marketplace",
    "marketplace.accounts",
    "marketplace.events",
    "marketplace.currency",
    "marketplace.documents",
    "marketplace.notifications",
    "marketplace.console",
    "catalog",
    "logistics",
    "logistics.warehousing",
    "logistics.insurance",
    "customs",
    "orders",
    "orders.payments",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "marketplace.http.VisitorMiddleware",
    "marketplace.http.RefusalMiddleware",
]
ROOT_URLCONF = "marketplace.urls"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
WSGI_APPLICATION = "marketplace.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["marketplace.templatetags.ui", "marketplace.templatetags.kept"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "marketplace.http.visitor",
            ],
        },
    }
]

DATABASES = {"default": services.database(VAR_DIR)}
REDIS_URL = services.broker(VAR_DIR)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "marketplace.sessions"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # the link in the e-mail has proved the address
ACCOUNT_ADAPTER = "marketplace.accounts.wording.Adapter"
ACCOUNT_FORMS = {
    name: f"marketplace.accounts.wording.{form}"
    for name, form in {
        "login": "SignIn",
        "signup": "SignUp",
        "add_email": "AddAddress",
        "reset_password": "AskForPassword",
        "change_password": "NewPassword",
    }.items()
}
MFA_ADAPTER = "marketplace.accounts.wording.SecondStepAdapter"
MFA_FORMS = {"authenticate": "marketplace.accounts.wording.SecondStep"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Staff must have a passkey or one-time codes; the demo's staff may do without.
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=not DEMO)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("es", _("Spanish")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "marketplace" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *env.words("FORM_TARGETS", "http://127.0.0.1:*,https://checkout.stripe.com")],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Sampan <hello@sampan.example>")

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
}
CELERY_TASK_ROUTES = {"carriers.*": {"queue": "carriers"}}  # the only worker that loads the carriers' SDK
CELERY_TASK_ALWAYS_EAGER = TESTING
CELERY_TASK_EAGER_PROPAGATES = TESTING

# The outside world: one code path, chosen by address alone. On a fresh machine it is the sandbox.
SANDBOX_ADDRESS = env.text("SANDBOX_ADDRESS", "http://127.0.0.1:8090").rstrip("/")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", SANDBOX_ADDRESS).rstrip("/")
STRIPE_API_KEY = env.text("STRIPE_API_KEY", "sk_test_sandbox")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET", "whsec_sandbox")
PAYMENT_SILENCE_SECONDS = env.number("PAYMENT_SILENCE_SECONDS", 120)  # then we ask how a payment stands
CARRIER_ADDRESS = env.text("CARRIER_ADDRESS", f"{SANDBOX_ADDRESS}/carrier").rstrip("/")
CARRIER_SECRET = env.text("CARRIER_SECRET", "carrier_sandbox")
# Live carriers as a JSON list: [{"carrier": "mydhl", "credentials": {…}, "test": true, "pays_duty": false}].
LIVE_CARRIERS = env.text("LIVE_CARRIERS", "")
CUSTOMS_ADDRESS = env.text("CUSTOMS_ADDRESS", f"{SANDBOX_ADDRESS}/customs").rstrip("/")
CUSTOMS_SECRET = env.text("CUSTOMS_SECRET", "customs_sandbox")
# Who declares; our tax numbers as "IOSS=IM…,VOEC=…". Without them those declarations wait.
CUSTOMS_DECLARANT_ID = env.text("CUSTOMS_DECLARANT_ID", "XX00DEMO000000001" if DEMO else "")
PLATFORM_TAX_NUMBERS = env.pairs("PLATFORM_TAX_NUMBERS", "IOSS=IM0000000000" if DEMO else "")
# Who runs the marketplace, "name=…,street=…,town=…,postal_code=…,country=IE,VAT=IE…,TIN=…": on our papers.
OPERATOR = env.pairs(
    "OPERATOR",
    "name=Sampan (demo),street=1 Harbour Walk,town=Dublin,postal_code=D01 F5P2,country=IE,VAT=IE0000000XX,"
    "TIN=0000000XX"
    if DEMO
    else "",
)
# The standard rate at home, for fees to sellers of our own country; demo: Ireland
OPERATOR_VAT_RATE = env.text("OPERATOR_VAT_RATE", "0.23" if DEMO else "")
# Above these, a second person must agree with a customs decision.
CUSTOMS_SECOND_PERSON_EUR = env.number("CUSTOMS_SECOND_PERSON_EUR", 5000)
CUSTOMS_SECOND_PERSON_EFFECT_EUR = env.number("CUSTOMS_SECOND_PERSON_EFFECT_EUR", 500)
RATES_FEED_ADDRESS = env.text(
    "RATES_FEED_ADDRESS", "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
)

# Rates older than this give estimates only; 0 means no limit, as the demo world has it.
RATES_MAX_AGE_DAYS = env.number("RATES_MAX_AGE_DAYS", 0 if DEMO else 7)
# New parties wait while a list of denied parties is older than this; 0 means no limit, as in the demo world.
SCREENING_MAX_AGE_DAYS = env.number("SCREENING_MAX_AGE_DAYS", 0 if DEMO else 14)
FX_SPREAD_BP = env.number("FX_SPREAD_BP", 50)
COMMISSION_RATE = env.text("COMMISSION_RATE", "0.06")  # where no commission rule fits
RELEASE_AFTER_DAYS = env.number("RELEASE_AFTER_DAYS", 14)  # a seller is paid without a receipt after this
HELD_ALARM_DAYS = env.number("HELD_ALARM_DAYS", 45)  # money held so long is told to the finance desk
HELD_END_DAYS = env.number("HELD_END_DAYS", 60)  # and an order not shipped by then is paid back
PAYOUT_MINIMUM_EUR = env.number("PAYOUT_MINIMUM_EUR", 10)
PAYOUT_SILENCE_DAYS = env.number("PAYOUT_SILENCE_DAYS", 5)  # with the bank without an answer: unresolved
PAYOUT_TWO_PEOPLE_EUR = env.number("PAYOUT_TWO_PEOPLE_EUR", 10_000)

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "landed-costs": env.text("THROTTLE_LANDED_COSTS", "600/min"),
        "products": env.text("THROTTLE_PRODUCTS", "600/min"),
        "hs-codes": env.text("THROTTLE_HS_CODES", "120/min"),
    },
}
SPECTACULAR_SETTINGS = {"TITLE": "Sampan API", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
