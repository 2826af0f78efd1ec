"""The pages: routes that translate a request, call one function below, and answer with a page or a fragment."""
