"""Addresses of cart, checkout and orders, mounted at the root."""

from __future__ import annotations

from django.urls import path

from orders.views import buying, cart, deposits, disputes, net, origin, papers, returns, selling

app_name = "orders"
urlpatterns = [
    path("cart/", cart.show, name="cart"),
    path("cart/lines/", cart.add, name="add"),
    path("cart/lines/<int:line_id>/", cart.change, name="change"),
    path("cart/lines/<int:line_id>/removal/", cart.remove, name="remove"),
    path("cart/undo/", cart.undo, name="undo"),
    path("cart/choices/", cart.choose, name="choose"),
    path("checkout/", buying.checkout, name="checkout"),
    path("checkout/<str:group>/done/", buying.done, name="done"),
    path("checkout/<str:group>/payment/", buying.pay_again, name="pay"),
    path("orders/", buying.orders, name="list"),
    path("orders/link/<str:signed>/", buying.signed, name="signed"),
    path("orders/<str:number>/", buying.detail, name="detail"),
    path("orders/<str:number>/cancellation/", buying.cancel, name="cancel"),
    path("orders/<str:number>/balance/", deposits.pay, name="pay_balance"),
    path("orders/<str:number>/parcels/<str:parcel>/receipt/", deposits.part_here, name="part_here"),
    path("orders/<str:number>/receipt/", buying.confirm, name="confirm"),
    path("orders/<str:number>/problem/", disputes.problem, name="problem"),
    path("orders/<str:number>/problem/messages/", disputes.add, name="problem_message"),
    path("orders/<str:number>/problem/withdrawal/", disputes.withdraw, name="problem_withdrawal"),
    path("orders/<str:number>/papers/<str:kind>/", papers.paper, name="buyer_paper"),
    path("orders/<str:number>/reviews/", buying.review, name="review"),
    path("orders/<str:number>/return/", returns.ask, name="return"),
    path("returns/<str:number>/", returns.show, name="returned"),
    path("returns/<str:number>/sending/", returns.sent, name="return_sent"),
    path("returns/<str:number>/label.pdf", returns.label, name="return_label"),
    path("sell/returns/", returns.incoming, name="returns"),
    path("sell/returns/<str:number>/", returns.case, name="return_case"),
    path("sell/returns/<str:number>/decision/", returns.decide, name="return_decision"),
    path("sell/returns/<str:number>/receipt/", returns.receive, name="return_receipt"),
    path("sell/products/<str:number>/origin/savings/", origin.origin_savings, name="origin_savings"),
    path("sell/net-price/", net.net_price, name="net_price"),
    path("sell/deposits/", deposits.terms, name="deposits"),
    path("sell/deposits/terms/", deposits.save, name="deposit_terms"),
    path("sell/orders/<str:number>/balance/", deposits.ready, name="ask_balance"),
    path("sell/orders/", selling.orders, name="sales"),
    path("sell/orders/<str:number>/", selling.detail, name="sale"),
    path("sell/orders/<str:number>/acceptance/", selling.accept, name="accept"),
    path("sell/orders/<str:number>/packing/", selling.pack, name="pack"),
    path("sell/orders/<str:number>/problem/messages/", disputes.answer, name="problem_answer"),
    path("sell/orders/<str:number>/papers/<str:kind>/", selling.paper, name="paper"),
]
