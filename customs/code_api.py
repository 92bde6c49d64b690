"""`GET /api/v1/hs-codes/`: customs codes for goods in words."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customs.codes import search

FIELDS = {
    "q": "The goods in words, for example “woven basket of sisal”.",
    "category": "The category of a shop, which helps much.",
    "material": "What it is made of.",
    "use": "What it is for.",
}
LONGEST = 300


def answer(found: search.Suggestion) -> dict[str, Any]:
    """Write a suggestion as JSON; shares are measured chances from 0 to 1."""
    question = found.question
    return {
        "query": found.query,
        "system": "HS2022",
        "edition": found.edition,
        "question": question
        and {"about": question.about, "words": question.words, "answers": list(question.answers)},
        "codes": [
            {
                "code": one.code,
                "text": one.text,
                "path": [{"code": code, "text": text} for code, text in one.path],
                "share": one.share,
                "sureness": one.sureness,
                "reason": one.reason,
                "matched": list(one.matched),
            }
            for one in found.codes
        ],
        "headings": [{"code": code, "text": text} for code, text in found.headings],
        "note": "A suggestion to be confirmed by a person; it binds nobody.",
    }


class HsCodes(APIView):
    """Five customs codes for goods in words, each with its reason; nothing is chosen."""

    throttle_scope = "hs-codes"
    authentication_classes = ()

    @extend_schema(
        operation_id="hs_codes",
        parameters=[
            OpenApiParameter(name, str, required=name == "q", description=words)
            for name, words in FIELDS.items()
        ],
        responses={200: dict[str, Any], 400: dict[str, Any]},
    )
    def get(self, request: Request) -> Response:
        """Search; a vague term brings a question beside the codes."""
        asked = {name: request.GET.get(name, "").strip() for name in FIELDS}
        wrong = [
            {"field": name, "detail": f"At most {LONGEST} characters."}
            for name, value in asked.items()
            if len(value) > LONGEST
        ]
        if not asked["q"].replace("\x00", ""):
            wrong.insert(0, {"field": "q", "detail": "Say in words what the goods are."})
        if wrong:
            body = {
                "type": "urn:sampan:bad-request",
                "title": "The request cannot be read.",
                "status": 400,
                "errors": wrong,
            }
            return Response(body, status=400, content_type="application/problem+json")
        found = search.suggest(
            asked["q"], category=asked["category"], material=asked["material"], use=asked["use"]
        )
        return Response(answer(found))
