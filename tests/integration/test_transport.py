"""The real transport against real servers: connections, TLS, HTTP/2, limits, redirects, failures."""
import base64
import gzip
import json
import socket
import struct
import threading
import time

import pytest

from http_server import serve
from tls import Front, make_authority

OK = (200, {}, b"fine")
MIB = 1024 * 1024


@pytest.fixture
def http(run_program, driver_dir):
    """http(request, …, env=None, **job) → the result of each request (a URL or a dict)"""
    def run(*requests, env=None, **job):
        job["requests"] = [{"url": r} if isinstance(r, str) else r for r in requests]
        result = run_program([], binary=driver_dir / "driver_http", env=env,
                             input=json.dumps(job))
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines()]
    return run


def fine(results):
    assert [(r["code"], r["status"]) for r in results] == [("E_OK", 200)] * len(results), results
    return results


class RawServer:
    """Accepts connections and gives each to `talk(connection)` in a thread of its own."""

    def __init__(self, talk):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.connections = 0
        self.talk = talk
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            try:
                self.talk(connection)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            break
        data += chunk
    return data


# --- requests and connections ---------------------------------------------------------------


def test_a_request_holds_what_it_was_given_and_little_more(http):
    with serve(lambda r: OK) as server:
        [result] = fine(http({"url": server.url + "/a b?q=ü&x=1", "method": "POST",
                              "headers": {"X-One": "1", "Content-Type": "application/json"},
                              "body": "{\"a\": 1}"}))
    [request] = server.received
    assert result["body"] == "fine"
    assert (request.method, request.path) == ("POST", "/a%20b?q=%C3%BC&x=1")
    assert request.body == b"{\"a\": 1}"
    assert {name.lower() for name, _ in request.headers} == {
        "host", "user-agent", "accept", "accept-encoding", "x-one", "content-type",
        "content-length"}
    assert request.header("User-Agent") == "ecs-autoscale-test"


def test_a_get_may_have_a_body(http):
    with serve(lambda r: OK) as server:
        fine(http({"url": server.url, "body": "{}", "headers": {"Content-Type": "text/x"}},
                  {"url": server.url, "after": True}))
    first, second = server.received
    assert (first.method, first.body, first.header("Content-Type")) == ("GET", b"{}", "text/x")
    assert (second.method, second.body, second.header("Content-Type")) == ("GET", b"", None)


def test_user_info_becomes_basic_authorization(http):
    with serve(lambda r: OK) as server:
        fine(http(server.url.replace("//", "//me%40x:p%2Fw%20@")))
    assert server.received[0].header("Authorization") == \
        "Basic " + base64.b64encode(b"me@x:p/w ").decode()


def test_connections_are_kept(http):
    with serve(lambda r: OK) as server:
        fine(http(*[{"url": server.url, "after": True}] * 10))
        fine(http(*[server.url] * 10, parallel=1))
    assert len(server.received) == 20
    assert server.connections == 2  # one for each process


def test_at_most_so_many_are_in_flight(http):
    gate = threading.Barrier(4)

    def answer(received):
        gate.wait(timeout=10)  # only with four at the same time does anybody get an answer
        return OK

    with serve(answer) as server:
        fine(http(*[server.url] * 12, parallel=4))
    assert server.most_in_flight == 4
    assert server.connections <= 8


def test_a_large_request_does_not_wait_for_permission(http):
    with serve(lambda r: OK) as server:
        fine(http({"url": server.url, "method": "POST", "body": "x" * 2 * MIB}))
    assert server.received[0].header("Expect") is None
    assert len(server.received[0].body) == 2 * MIB


def test_what_must_not_be_sent_twice_is_not(http):
    """libcurl sends again by itself what was cut off on a kept connection."""
    first = []

    def answer(received):
        first.append(received)
        return OK if len(first) == 1 else None

    for once, expected in ((False, 3), (True, 2)):
        first.clear()
        with serve(answer) as server:
            results = http(server.url, {"url": server.url, "method": "POST", "body": "x",
                                        "once": once, "after": True})
        assert results[1]["code"] == "E_NETWORK"
        assert results[1]["may_have_arrived"] is True
        assert len(server.received) == expected


# --- compression and limits -----------------------------------------------------------------


def test_gzip_is_asked_for_and_unpacked(http):
    packed = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"unpacked"))
    with serve(lambda r: packed) as server:
        assert fine(http(server.url))[0]["body"] == "unpacked"
    assert server.received[0].header("Accept-Encoding") == "gzip"


def test_a_compression_bomb_is_stopped(http):
    bomb = gzip.compress(b"\0" * 50 * MIB)
    with serve(lambda r: (200, {"Content-Encoding": "gzip"}, bomb)) as server:
        [result] = http({"url": server.url, "max_body": MIB})
    assert result["code"] == "E_LIMIT"


def test_broken_compression(http):
    with serve(lambda r: (200, {"Content-Encoding": "gzip"}, b"not gzip at all")) as server:
        [result] = http(server.url)
    assert result["code"] == "E_PROTOCOL"
    assert "broken compression" in result["message"]


@pytest.mark.parametrize("declared", [True, False], ids=["content-length", "chunked"])
def test_a_body_of_50_mb_is_cut_off_early(http, declared):
    sent = []

    def raw(handler, received):
        handler.send_response(200)
        if declared:
            handler.send_header("Content-Length", str(50 * MIB))
        else:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        chunk = b"x" * 65536
        framed = chunk if declared else b"10000\r\n" + chunk + b"\r\n"
        try:
            for _ in range(50 * MIB // len(chunk)):
                handler.wfile.write(framed)
                sent.append(len(chunk))
            if not declared:
                handler.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass
        return True

    with serve(None, raw=raw) as server:
        [result] = http({"url": server.url, "max_body": MIB})
        host = f"127.0.0.1:{server.port}"
    assert result["code"] == "E_LIMIT"
    assert result["message"] == f"the answer of '{host}' is over {MIB} bytes"
    assert sum(sent) < 40 * MIB  # what fits into socket buffers at most, not all of it


def test_a_body_of_exactly_the_limit_is_fine(http):
    with serve(lambda r: (200, {}, b"x" * 1000)) as server:
        results = http({"url": server.url, "max_body": 1000}, {"url": server.url, "max_body": 999})
    assert [r["code"] for r in results] == ["E_OK", "E_LIMIT"]
    assert results[0]["body_bytes"] == 1000


def test_endless_headers_are_cut_off(http):
    def talk(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Header: " + b"y" * 1000 + b"\r\n")

    with RawServer(talk) as server:
        [result] = http(server.url)
    assert result["code"] == "E_LIMIT"
    assert "headers" in result["message"]


# --- redirects ------------------------------------------------------------------------------


def redirecting(rules):
    """rules: path → (status, location)"""
    def answer(received):
        status, location = rules.get(received.path, (200, None))
        return (status, {"Location": location} if location else {}, b"")
    return answer


def test_redirects_are_followed(http):
    rules = {"/a": (302, "b?x=1"), "/b?x=1": (301, "/c"), "/c": (307, "//HOST/d"),
             "/d": (308, "http://HOST/e f")}
    with serve(lambda r: redirecting(rules)(r)) as server:
        for path, (status, location) in list(rules.items()):
            rules[path] = (status, location.replace("HOST", f"127.0.0.1:{server.port}"))
        [result] = fine(http({"url": server.url + "/a", "redirects": 10}))
        assert [r.path for r in server.received] == ["/a", "/b?x=1", "/c", "/d", "/e%20f"]
        assert result["message"] == ""


def test_a_redirect_is_an_answer_where_none_are_followed(http):
    with serve(redirecting({"/": (302, "/b")})) as server:
        [result] = http(server.url + "/")
    assert (result["code"], result["status"], result["headers"]["Location"]) == ("E_OK", 302, "/b")


def test_a_redirect_without_a_place_is_an_answer(http):
    with serve(redirecting({"/": (302, None)})) as server:
        [result] = http({"url": server.url + "/", "redirects": 10})
    assert (result["code"], result["status"]) == ("E_OK", 302)


def test_a_redirect_loop_ends(http):
    with serve(redirecting({"/": (302, "/")})) as server:
        [result] = http({"url": server.url + "/", "redirects": 10})
        assert result["message"] == f"'127.0.0.1:{server.port}' redirects more than 10 times"
    assert result["code"] == "E_LIMIT"
    assert len(server.received) == 11


@pytest.mark.parametrize("method,status,expected", [
    ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"),
    ("POST", 308, "POST"), ("GET", 302, "GET"), ("GET", 307, "GET"), ("PUT", 303, "GET"),
    ("PUT", 302, "PUT")])
def test_the_method_after_a_redirect(http, method, status, expected):
    with serve(redirecting({"/": (status, "/b")})) as server:
        request = {"url": server.url + "/", "redirects": 10, "method": method}
        if method != "GET":
            request |= {"body": "payload", "headers": {"Content-Type": "text/plain"}}
        fine(http(request))
    last = server.received[1]
    keeps_body = expected == method and method != "GET"
    assert (last.path, last.method) == ("/b", expected)
    assert last.body == (b"payload" if keeps_body else b"")
    assert last.header("Content-Type") == ("text/plain" if keeps_body else None)


SECRET_HEADERS = {"X-Api-Key": "sesame", "Authorization": "Bearer sesame", "Cookie": "sesame",
                  "Accept": "application/json"}


@pytest.mark.parametrize("with_user", [True, False], ids=["user-info", "headers"])
@pytest.mark.parametrize("target", ["http://localhost:{other}/x", "http://127.0.0.1:{other}/x",
                                    "http://root:pw@localhost:{other}/x",
                                    "//localhost:{same}/x"])
def test_secrets_stay_with_their_host(http, with_user, target):
    rules = {}
    with serve(redirecting(rules)) as first, serve(lambda r: OK) as second:
        rules["/"] = (302, target.format(other=second.port, same=first.port))
        url = first.url + "/"
        request = {"url": url, "redirects": 10}
        if with_user:
            request["url"] = url.replace("//", "//user:sesame@")
        else:
            request["headers"] = SECRET_HEADERS
        fine(http(request))
        received = first.received + second.received
    assert len(received) == 2
    assert received[0].header("Authorization")
    last = received[1]
    assert last.path == "/x"
    for name in ("Authorization", "X-Api-Key", "Cookie"):
        assert last.header(name) is None
    assert "sesame" not in str(last.headers)
    if not with_user:
        assert last.header("Accept") == "application/json"


def test_secrets_go_along_on_the_same_host(http):
    rules = {}
    with serve(lambda r: redirecting(rules)(r)) as server:
        rules["/"] = (302, f"http://other:user@127.0.0.1:{server.port}/b")
        fine(http({"url": server.url.replace("//", "//user:sesame@") + "/", "redirects": 1,
                   "headers": {"X-Api-Key": "k"}}))
    for request in server.received:
        assert request.header("Authorization") == \
            "Basic " + base64.b64encode(b"user:sesame").decode()
        assert request.header("X-Api-Key") == "k"


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/",
                                      "http://", "http://a b/", "//", "http://127.0.0.1:99999/"])
def test_redirects_lead_to_http_only(http, location):
    with serve(redirecting({"/": (302, location)})) as server:
        [result] = http({"url": server.url + "/", "redirects": 10})
    assert result["code"] in ("E_PROTOCOL", "E_NETWORK"), result
    assert len(server.received) == 1
    assert "root:" not in result["body"]


# --- failures -------------------------------------------------------------------------------


def check(result, code, arrived, message):
    assert (result["code"], result["may_have_arrived"]) == (code, arrived), result
    assert result["message"] == message


def test_refused(http):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        [result] = http(f"http://user:sesame@127.0.0.1:{port}/?key=sesame")
    check(result, "E_NETWORK", False, f"could not connect to '127.0.0.1:{port}': connection refused")


def test_no_such_host(http):
    [result] = http("http://user:sesame@no-such-host.invalid/?key=sesame")
    check(result, "E_NETWORK", False, "could not resolve the host 'no-such-host.invalid'")


@pytest.mark.parametrize("url", ["", "x", "ftp://x/", "http://", "file:///etc/passwd",
                                 "http://sesame\n/", "http://user:sesame@/"])
def test_no_url(http, url):
    [result] = http(url)
    assert (result["code"], result["may_have_arrived"]) == ("E_SYNTAX", False)
    assert "sesame" not in result["message"]


def test_no_answer_in_time(http):
    stop = threading.Event()
    with RawServer(lambda c: stop.wait(30)) as server:
        [result] = http({"url": server.url, "timeout_ms": 300})
        stop.set()
    check(result, "E_TIMEOUT", True, f"no answer from '127.0.0.1:{server.port}' within 0.3 s")


def test_an_answer_that_never_ends(http):
    stop = threading.Event()

    def talk(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not stop.wait(0.05):
            connection.sendall(b"x")

    with RawServer(talk) as server:
        [result] = http({"url": server.url, "timeout_ms": 400})
        stop.set()
    check(result, "E_TIMEOUT", True,
          f"the answer of '127.0.0.1:{server.port}' did not end within 0.4 s")


def test_a_server_that_takes_no_connection(http):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        port = busy.getsockname()[1]
        fillers = []
        for _ in range(8):  # its queue is full: further connections get no answer
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        time.sleep(0.1)
        [result] = http({"url": f"http://127.0.0.1:{port}/", "connect_timeout_ms": 300})
        for filler in fillers:
            filler.close()
    check(result, "E_TIMEOUT", False, f"no connection to '127.0.0.1:{port}' within 0.3 s")


def test_no_tls_on_the_other_side(http):
    stop = threading.Event()
    with RawServer(lambda c: stop.wait(30)) as server:
        [result] = http({"url": server.url.replace("http:", "https:"), "connect_timeout_ms": 300})
        stop.set()
    check(result, "E_TIMEOUT", False,
          f"no TLS connection to '127.0.0.1:{server.port}' within 0.3 s")


def test_a_dead_host_does_not_hold_up_one_request_after_the_other(http):
    """Requests wait for the first connection to a host: not for a second, should it never come."""
    stop = threading.Event()
    with RawServer(lambda c: stop.wait(30)) as server:
        results = http(*[{"url": server.url.replace("http:", "https:"), "connect_timeout_ms": 500,
                          "timeout_ms": 20000}] * 12, parallel=12, deadline_ms=15000)
        stop.set()
    # One after the other takes 6 s and twelve connections; a second may have begun already.
    assert {r["code"] for r in results} == {"E_TIMEOUT"}, results
    assert server.connections <= 2


def test_plain_http_where_tls_was_wanted(http):
    with serve(lambda r: OK) as server:
        [result] = http(server.url.replace("http:", "https:"))
    assert (result["code"], result["may_have_arrived"]) == ("E_NETWORK", False)
    assert result["message"].startswith(f"TLS with '127.0.0.1:{server.port}' failed")


def test_reset(http):
    def talk(connection):
        read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with RawServer(talk) as server:
        [result] = http(server.url)
    check(result, "E_NETWORK", True,
          f"the connection to '127.0.0.1:{server.port}' broke: connection reset by peer")


def test_closed_without_an_answer(http):
    with RawServer(read_request) as server:
        [result] = http(server.url)
    check(result, "E_NETWORK", True,
          f"'127.0.0.1:{server.port}' closed the connection without an answer")


def test_closed_in_the_middle(http):
    def talk(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    with RawServer(talk) as server:
        [result] = http(server.url)
    check(result, "E_NETWORK", True,
          f"'127.0.0.1:{server.port}' closed the connection in the middle of its answer")


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", b"\0\1\2\3", b"HTTP/9.9 200 OK\r\n\r\n",
                                    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
                                    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n"
                                    b"\r\n",
                                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])
def test_not_http(http, answer):
    def talk(connection):
        read_request(connection)
        connection.sendall(answer)

    with RawServer(talk) as server:
        [result] = http(server.url)
    assert result["code"] in ("E_PROTOCOL", "E_NETWORK", "E_LIMIT"), result
    assert result["may_have_arrived"] is True
    assert str(server.port) in result["message"]


def test_the_deadline_ends_everything(http):
    stop = threading.Event()
    with RawServer(lambda c: stop.wait(30)) as server:
        results = http(*[server.url] * 3, parallel=2, deadline_ms=300)
        stop.set()
    assert [r["code"] for r in results] == ["E_DEADLINE"] * 3
    assert [r["may_have_arrived"] for r in results] == [True, True, False]


def test_one_bad_server_holds_up_nobody(http):
    stop = threading.Event()
    with RawServer(lambda c: stop.wait(30)) as bad, serve(lambda r: OK) as good:
        results = http({"url": bad.url, "timeout_ms": 1000}, *[good.url] * 20, parallel=2)
        stop.set()
    fine(results[1:])
    assert results[0]["code"] == "E_TIMEOUT"


# --- proxies --------------------------------------------------------------------------------


def test_proxies_by_the_usual_variables(http):
    with serve(lambda r: (200, {}, b"by proxy")) as proxy, serve(lambda r: OK) as server:
        env = {"http_proxy": proxy.url}
        results = fine(http("http://example.invalid/a", {"url": server.url, "no_proxy": True},
                            env=env))
        assert [r["body"] for r in results] == ["by proxy", "fine"]
        assert proxy.received[0].path == "http://example.invalid/a"
        [result] = fine(http(server.url, env=env | {"no_proxy": "127.0.0.1"}))
        assert result["body"] == "fine"
    assert len(proxy.received) == 1


def test_a_proxy_that_is_not_there_is_named(http):
    [result] = http("http://example.com/", env={"http_proxy": "http://127.0.0.1:1"})
    assert result["code"] == "E_NETWORK"
    assert "'example.com'" in result["message"] and "127.0.0.1 port 1" in result["message"]


@pytest.mark.parametrize("proxy", ["http://user:sesame@host:99999", "weird://user:sesame@host",
                                   "http://user:sesame@[host", "http://user:sesame@no.invalid:1"])
def test_a_bad_proxys_password_is_not_shown(http, proxy):
    [result] = http("http://example.invalid/", env={"http_proxy": proxy})
    assert result["code"] == "E_NETWORK", result
    assert result["may_have_arrived"] is False
    assert "sesame" not in result["message"]


def test_a_proxy_that_refuses_a_tunnel(http):
    with serve(lambda r: OK) as proxy:  # answers CONNECT with 501
        [result] = http("https://example.invalid/", env={"https_proxy": proxy.url})
    assert (result["code"], result["may_have_arrived"]) == ("E_NETWORK", False)
    assert "501" in result["message"]


# --- TLS and HTTP/2 -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_known_authority_is_trusted(http, authority, tmp_path, variable):
    with serve(lambda r: OK) as server, Front(authority, tmp_path, server.port) as front:
        [result] = fine(http(front.url, env={variable: authority / "ca.pem"}))
    assert result["body"] == "fine"


def test_an_unknown_authority_is_not(http, authority, tmp_path):
    with serve(lambda r: OK) as server, Front(authority, tmp_path, server.port) as front:
        results = [
            *http(front.url),
            *http(front.url, env={"AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
                                  "SSL_CERT_FILE": authority / "ca.pem"})]
    for result in results:
        assert (result["code"], result["may_have_arrived"]) == ("E_NETWORK", False)
        assert result["message"].startswith(
            f"the TLS certificate of 'localhost:{front.port}' is not trusted (SSL certificate "
            "problem: ")
    assert server.received == []


def test_another_hosts_certificate_is_refused(http, authority, tmp_path):
    with serve(lambda r: OK) as server, Front(authority, tmp_path, server.port) as front:
        [result] = http(f"https://ip6-localhost.localhost:{front.port}/",
                        env={"AWS_CA_BUNDLE": authority / "ca.pem"})
    assert (result["code"], result["may_have_arrived"]) == ("E_NETWORK", False)
    assert "is not trusted" in result["message"]
    assert server.received == []


def test_a_bundle_that_is_not_there_is_named(http):
    [result] = http("https://127.0.0.1:1/", env={"AWS_CA_BUNDLE": "/nonexistent/ca.pem"})
    assert result["code"] in ("E_IO", "E_NETWORK")


def test_http2_carries_many_requests_at_once(http, authority, tmp_path):
    with serve(lambda r: OK) as server, Front(authority, tmp_path, server.port) as front:
        fine(http(*[front.url] * 40, parallel=32, env={"AWS_CA_BUNDLE": authority / "ca.pem"}))
        lines = front.lines(40)
    assert {line[0] for line in lines} == {"h2"}
    assert len({line[1] for line in lines}) == 1  # one connection


def test_http1_where_there_is_no_http2(http, authority, tmp_path):
    with serve(lambda r: OK) as server, \
            Front(authority, tmp_path, server.port, protocols="http/1.1") as front:
        fine(http(*[front.url] * 12, parallel=4, env={"AWS_CA_BUNDLE": authority / "ca.pem"}))
        lines = front.lines(12)
    assert {line[0] for line in lines} == {"http/1.1"}
    assert 1 < len({line[1] for line in lines}) <= 4


def test_https_never_redirects_to_http(http, authority, tmp_path):
    rules = {}
    with serve(lambda r: redirecting(rules)(r)) as server, \
            Front(authority, tmp_path, server.port) as front:
        rules["/"] = (302, server.url + "/plain")
        [result] = http({"url": front.url + "/", "redirects": 10},
                        env={"AWS_CA_BUNDLE": authority / "ca.pem"})
    assert result["code"] == "E_PROTOCOL"
    assert "unprotected http" in result["message"]
    assert [r.path for r in server.received] == ["/"]
