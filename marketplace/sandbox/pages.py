"""The few pages a person sees: plain HTML that works without scripts."""

from __future__ import annotations

from html import escape
from typing import Final

from marketplace.sandbox.store import Thing

STYLE: Final = """
:root{color-scheme:light dark;--ink:light-dark(#17211f,#e9efed);--soft:light-dark(#51605c,#a9b8b3);
--paper:light-dark(#f4f6f5,#121816);--card:light-dark(#fff,#1b2321);--line:light-dark(#c4cecb,#3b4744);
--act:light-dark(#0b5c52,#79d2c3);--onact:light-dark(#fff,#06211d);--bad:light-dark(#a11a1a,#ffb3ab)}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
.banner{background:#6b3d00;color:#fff;padding:.6rem 1rem;text-align:center;font-weight:600}
main{max-width:34rem;margin:2rem auto;padding:0 1rem}main.wide{max-width:68rem}
section,form.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem;margin:1rem 0}
label{display:block;font-weight:600;margin:.75rem 0 .25rem}input[type=text],input[type=email],select{width:100%;font:inherit;
padding:.6rem;border:1px solid var(--soft);border-radius:.4rem;background:var(--paper);color:var(--ink)}
button{font:inherit;font-weight:600;padding:.6rem 1rem;border-radius:.4rem;border:1px solid var(--act);background:var(--act);
color:var(--onact);cursor:pointer;min-height:44px;margin:.4rem .4rem .4rem 0}button.plain{background:transparent;color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}.amount{font-size:1.6rem;font-weight:700}
.bad{color:var(--bad);font-weight:600}.soft{color:var(--soft)}table{width:100%;border-collapse:collapse;font-size:.9rem}
th,td{text-align:start;padding:.35rem .5rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
a{color:var(--act)}td form{display:inline}.row{display:flex;gap:.5rem;flex-wrap:wrap;align-items:center}
"""


def page(title: str, body: str, *, wide: bool = False) -> str:
    """Wrap a body in the sandbox's frame and banner."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><link rel="icon" href="data:,">'
        f"<style>{STYLE}</style></head><body>"
        '<div class="banner" role="note">Sandbox payments – no real money</div>'
        f"<main{' class=wide' if wide else ''}><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def link(url: str, text: str) -> str:
    """Return a link, or nothing without an address."""
    safe = url.startswith(("http://", "https://"))
    return f'<p><a href="{escape(url)}">{escape(text)}</a></p>' if safe else ""


def pay(session: Thing, amount: str, problem: str) -> str:
    """Return the payment page."""
    lines = "".join(
        f"<li>{escape(str((line.get('price_data', {}).get('product_data') or {}).get('name', 'Goods')))}</li>"
        for line in session["_lines"]
    )
    wrong = f'<p class="bad" id="problem" role="alert">{escape(problem)}</p>' if problem else ""
    about = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    mail = escape(session.get("customer_email") or "")
    return page(
        f"Pay {amount}",
        f'<ul>{lines}</ul>{wrong}<form class="card" method="post">'
        '<label for="email">E-mail</label>'
        f'<input id="email" name="email" type="email" autocomplete="email" value="{mail}">'
        '<label for="card">Card number</label><input id="card" name="card" type="text" inputmode="numeric" '
        f'autocomplete="cc-number" value="4242 4242 4242 4242"{about}>'
        '<div class="row"><div><label for="expiry">Expiry</label><input id="expiry" name="expiry" type="text" '
        'autocomplete="cc-exp" value="12 / 34"></div><div><label for="cvc">Security code</label>'
        '<input id="cvc" name="cvc" type="text" inputmode="numeric" autocomplete="cc-csc" value="123"></div></div>'
        f'<p><button name="method" value="card">Pay {escape(amount)}</button> '
        '<button class="plain" name="method" value="bank">Pay by bank, money comes later</button></p></form>'
        "<section><h2>Test cards</h2><table><tr><th scope=col>Number</th><th scope=col>What happens</th></tr>"
        "<tr><td>4242 4242 4242 4242</td><td>paid</td></tr>"
        "<tr><td>4000 0000 0000 0002</td><td>declined</td></tr>"
        "<tr><td>4000 0000 0000 9995</td><td>declined: insufficient funds</td></tr>"
        "<tr><td>4000 0027 6000 3184</td><td>asks for 3-D Secure</td></tr>"
        "<tr><td>4000 0000 0000 0259</td><td>paid, disputed later</td></tr></table></section>"
        + link(session.get("cancel_url") or "", "Back to the shop without paying"),
    )


def secure(session: Thing, amount: str, card: str) -> str:
    """Return the bank's question of a 3-D Secure payment."""
    return page(
        "Your bank asks",
        f'<form class="card" method="post"><p>Is this payment of <b>{escape(amount)}</b> yours?</p>'
        f'<input type="hidden" name="card" value="{card}"><div class="row">'
        '<button name="secure" value="yes">Complete authentication</button>'
        '<button class="plain" name="secure" value="no">Fail authentication</button></div></form>'
        + link(session.get("cancel_url") or "", "Back to the shop without paying"),
    )
