"""api/openapi.json is valid OpenAPI 3.1, and has an example of each call that agrees with it."""

import unittest

from openapi_spec_validator import OpenAPIV31SpecValidator

import api_schemas
from api_schemas import DOCUMENT, examples_of, violations


def complaints(document):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in OpenAPIV31SpecValidator(document).iter_errors()]


class Document(unittest.TestCase):
    def test_it_is_openapi_3_1(self):
        self.assertTrue(DOCUMENT["openapi"].startswith("3.1."))
        self.assertEqual([], complaints(DOCUMENT))

    def test_the_validator_finds_what_is_wrong(self):
        """Without this, the test above could pass because nothing is looked at."""
        broken = api_schemas.inlined(DOCUMENT)
        broken["paths"]["/v1/report"]["get"]["parameters"][0]["in"] = "somewhere"
        self.assertNotEqual([], complaints(broken))
        broken = api_schemas.inlined(DOCUMENT)
        broken["components"]["schemas"]["Problem"]["type"] = "text"
        self.assertNotEqual([], complaints(broken))

    def test_operation_ids_are_all_there_and_all_different(self):
        ids = [operation.definition.get("operationId") for operation in api_schemas.operations()]
        self.assertNotIn(None, ids)
        self.assertEqual(len(set(ids)), len(ids))

    def assert_examples(self, holder, where):
        examples = examples_of(holder)
        self.assertTrue(examples, f"{where} has no example")
        for example in examples:
            self.assertEqual([], violations(holder["schema"], example), f"the example of {where}")

    def test_every_parameter_and_body_has_a_right_example(self):
        for operation in api_schemas.operations():
            for parameter in operation.parameters:
                self.assert_examples(parameter, f"{operation.name}, {parameter['name']}")
            for media in operation.readable_requests():
                self.assert_examples(operation.request[media], f"{operation.name}, body as {media}")

    def test_every_answer_that_can_be_read_has_a_right_example(self):
        for operation in api_schemas.operations():
            for status, response in operation.responses.items():
                for media, answer in response.get("content", {}).items():
                    if answer["schema"].get("contentEncoding") == "binary" or operation.path in ("/", "/v1/openapi.json"):
                        continue
                    self.assert_examples(answer, f"{operation.name}, {status} as {media}")


if __name__ == "__main__":
    unittest.main()
