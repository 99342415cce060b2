"""Reward service @NAME@: change score(). Start: python3 server.py PORT"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def score(prompt, response, metadata):
    """A number, the larger the better. A template: up to 20 words are good, exclamation marks are not."""
    words = min(len(response.split()), 20) / 20
    return words - 0.5 * response.count("!")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        scores = [score(s["prompt"], s["response"], s["metadata"]) for s in request["samples"]]
        body = json.dumps({"id": request["id"], "scores": scores}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
