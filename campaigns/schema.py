"""The JSON Schema of sequence documents, made of the grammar that checks them."""

from typing import Any

from campaigns.grammar import ASSETS, HEAD, STEP


def document_schema() -> dict[str, Any]:
    """The whole schema; what only the steps together can tell, such as a loop, is left to `validate_document`."""
    found = HEAD.schema()
    found["properties"]["assets"] = ASSETS.schema()
    found["properties"]["steps"] = {"type": "array", "minItems": 1, "items": STEP.schema()}
    found["required"] = [*found["required"], "steps"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A sequence"}
    return {**head, **found}
