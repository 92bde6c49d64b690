"""The seller's desk: products and their editor."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import actions, pictures
from catalog.forms import ListingForm, NewListingForm, VariantForm
from catalog.models import Picture, Product, ProductState, Variant
from catalog.readiness import gaps, score
from marketplace.accounts.models import Company
from marketplace.accounts.roles import needs
from marketplace.kit.lifecycle import IllegalMove
from marketplace.kit.refusal import Refusal


def seller_of(request: HttpRequest) -> Company:
    company = request.user.company  # type: ignore[union-attr]
    assert isinstance(company, Company)  # noqa: S101
    return company


def own(request: HttpRequest, number: str) -> Product:
    """Find one of the acting company's products; of others nothing is known here."""
    found = Product.objects.owned_by(request.user).select_related("category", "lead", "cover", "seller")
    return get_object_or_404(found, number=number)


@needs("catalogue", seller=True)
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """List the products, filtered by words and state in the address."""
    text, state = request.GET.get("q", "").strip()[:120], request.GET.get("state", "")
    found = Product.objects.owned_by(request.user).with_card()
    if text:
        found = found.filter(title__icontains=text.replace("\x00", ""))
    if state in ProductState.values:
        found = found.filter(state=state)
    page = Paginator(found.order_by("-updated_at", "pk"), 25).get_page(request.GET.get("page"))
    context = {"page": page, "text": text, "state": state, "states": ProductState.choices}
    return render(request, "catalog/products.html", context)


@needs("catalogue", seller=True)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Make a draft from a name."""
    form = NewListingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        seller = seller_of(request)
        fields = {**form.cleaned_data, "origin": seller.country}
        return redirect(actions.save_draft(seller=seller, fields=fields).desk_url())
    return render(request, "catalog/new.html", {"form": form}, status=422 if form.errors else 200)


def state_of(product: Product) -> dict[str, object]:
    """Gather what the side of the editor shows: points, gaps, the last review."""
    seen = Product.objects.select_related("seller", "category").get(pk=product.pk)
    actions.apply_changes(seen, seen.changes)
    variants = list(seen.variants.filter(is_active=True).prefetch_related("tiers"))
    missing = gaps(seen, variants, list(seen.pictures.all()))
    return {
        "product": product,
        "missing": missing,
        "score": score(missing),
        "ready": not any(gap.needed for gap in missing),
        "review": product.reviews.first() if product.state == ProductState.RETURNED else None,
    }


@needs("catalogue", seller=True)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Show the editor; a post saves name, text, origin and customs as a draft."""
    product = own(request, number)
    seen = Product.objects.select_related("category").get(pk=product.pk)
    actions.apply_changes(seen, seen.changes)
    form = ListingForm(request.POST if request.method == "POST" else None, instance=seen)
    if request.method == "POST":
        good = form.is_valid()
        kept = {name: form.cleaned_data[name] for name in form.cleaned_data if name in request.POST}
        if kept.get("title"):
            actions.save_draft(seller=seller_of(request), number=number, fields=kept)
            product.refresh_from_db()
        if request.headers.get("HX-Request") == "true":
            context = {**state_of(product), "form": form, "oob": True}
            return render(request, "catalog/_kept.html", context, status=200 if good else 422)
        if good:
            messages.success(request, _("Saved."))
            return redirect(product.desk_url())
    return _editor(request, product, form, status=422 if form.errors else 200)


def number_of_thrown(request: HttpRequest, number: str) -> int:
    """Count the changes of a listing that this visit threw away and may still take back."""
    return len(request.session.get("thrown", {}).get(number, {}))


def _editor(
    request: HttpRequest,
    product: Product,
    form: ListingForm,
    variant_form: VariantForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    variants = list(product.variants.prefetch_related("tiers"))
    asked = request.GET.get("option", "")
    chosen = next((v for v in variants if v.sku == asked), variants[0] if variants else None)
    if asked == "new":
        chosen = None
    context = {
        **state_of(product),
        "form": form,
        "variants": variants,
        "chosen": chosen,
        "variant_form": variant_form or VariantForm(instance=chosen),
        "pictures": list(product.pictures.all()),
        "thrown": number_of_thrown(request, product.number),
        "page_title": form.instance.title or product.title,
    }
    return render(request, "catalog/editor.html", context, status=status)


@needs("catalogue", seller=True)
@require_POST
def option(request: HttpRequest, number: str) -> HttpResponse:
    """Save price, steps, weight and size of one option, or add one."""
    product = own(request, number)
    sku = request.POST.get("sku", "")
    chosen = get_object_or_404(Variant, product=product, sku=sku) if sku else None
    form = VariantForm(request.POST, instance=chosen)
    if not form.is_valid():
        return _editor(request, product, ListingForm(instance=product), form, status=422)
    fields = {name: form.cleaned_data[name] for name in form.Meta.fields}
    saved = actions.save_variant(
        product=product,
        sku=sku or None,
        code=form.cleaned_data.get("code", ""),
        fields={**fields, "options": form.options()},
        tiers=form.tiers(),
    )
    messages.success(request, _("Saved."))
    return redirect(f"{product.desk_url()}?option={saved.sku}")


@needs("catalogue", seller=True)
@require_POST
def photos(request: HttpRequest, number: str) -> HttpResponse:
    """Take several photos at once; a bad one is named and the others stay."""
    product = own(request, number)
    faults: list[str] = []
    files = request.FILES.getlist("photos")
    for file in files:
        try:
            alt = request.POST.get("alt", "")
            pictures.add(
                product=product, content=file, size=file.size or 0, file_name=file.name or "", alt=alt
            )
        except Refusal as refusal:
            faults.append(f"{(file.name or '')[:60]}: {refusal}")
    if not files:
        faults.append(_("Choose a photo first."))
    if request.headers.get("HX-Request") == "true" or request.headers.get("X-Upload") == "1":
        context = {"product": product, "pictures": list(product.pictures.all()), "faults": faults}
        return render(request, "catalog/_photos.html", context, status=422 if faults else 200)
    for fault in faults:
        messages.error(request, fault)
    return redirect(product.desk_url())


@needs("catalogue", seller=True)
@require_http_methods(["GET", "POST"])
def photo(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Describe a photo, make it the main one, or take it out; a get shows the row again."""
    product = own(request, number)
    found = get_object_or_404(Picture, product=product, pk=pk)
    if request.method == "POST":
        if "remove" in request.POST:
            pictures.remove(picture=found)
        elif "first" in request.POST:
            pictures.put_first(picture=found)
        else:
            pictures.describe(picture=found, alt=request.POST.get("alt", ""))
        if request.headers.get("HX-Request") != "true":
            return redirect(product.desk_url())
    return render(
        request, "catalog/_photos.html", {"product": product, "pictures": list(product.pictures.all())}
    )


@needs("catalogue", seller=True)
@require_POST
def submission(request: HttpRequest, number: str) -> HttpResponse:
    """Hand a listing in, or the changes that wait beside it."""
    product = own(request, number)
    actions.submit(product_id=product.pk, at=timezone.now())
    messages.success(request, _("Thank you. We look at it and tell you."))
    return redirect(product.desk_url())


@needs("catalogue", seller=True)
@require_POST
def changes(request: HttpRequest, number: str) -> HttpResponse:
    """Throw the waiting changes away, or take that back while this visit lasts."""
    product = own(request, number)
    thrown = request.session.get("thrown", {})
    if "undo" in request.POST:
        if number in thrown:
            actions.put_back(product_id=product.pk, changes=thrown.pop(number))
            messages.success(request, _("Your changes are back."))
    elif dropped := actions.throw_away(product_id=product.pk):
        thrown = dict([*thrown.items(), (number, dropped)][-10:])
    request.session["thrown"] = thrown
    return redirect(product.desk_url())


@needs("catalogue", seller=True)
@require_POST
def state(request: HttpRequest, number: str) -> HttpResponse:
    """Pause a listing, put it back, or end it."""
    product = own(request, number)
    wanted = request.POST.get("state", "")
    if wanted not in {ProductState.PAUSED, ProductState.LIVE, ProductState.ENDED}:
        messages.error(request, _("This is not possible."))
        return redirect(product.desk_url())
    try:
        if wanted == ProductState.LIVE and product.state != ProductState.PAUSED:
            raise IllegalMove  # noqa: TRY301
        actions.move(product_id=product.pk, state=ProductState(wanted))
    except IllegalMove:
        messages.error(request, _("This is not possible now. Load the page again."))
    return redirect(product.desk_url())
