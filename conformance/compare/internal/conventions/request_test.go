package conventions

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// requestCase is a raw request with the expected results.
type requestCase struct {
	// line is the request line. header has the header lines, except for Host.
	line, header, body string
	// host is the Host header, "" for none.
	host string
	// route is the expected route with braces, "" if none matches, and "*" if frameworks
	// write it differently.
	route string
	// failed is set if the request must be recorded as failed, whatever its status.
	failed bool
	// unrecordedBy are name prefixes of adapters that do not see the request, because
	// their framework responds to it.
	unrecordedBy []string
}

// The host and the routes of several requests.
const (
	shopHost     = "shop.example:8080"
	processRoute = "/process/{item_id}"
	statusRoute  = "/status/{code}"
	failRoute    = "/fail/{code}"
	writeRoute   = "/write/{kind}"
)

// Values of requestCase.unrecordedBy.
var (
	fiberAdapters = []string{"fiberotel"}
	allAdapters   = []string{"fiberotel", "ginotel", "echootel", "nethttpotel"}
)

// http2RequestCases are requests over HTTP/2.
var http2RequestCases = []requestCase{
	{line: "GET /process/1?q=1 HTTP/2", host: shopHost, header: "User-Agent: probe/2", route: processRoute},
	{line: "HEAD /nothing HTTP/2", host: "shop.example", header: "User-Agent: probe/2"},
	{line: "GET /status/204 HTTP/2", host: shopHost, header: "User-Agent: probe/2", route: statusRoute},
	{line: "GET /status/503 HTTP/2", host: shopHost, header: "User-Agent: probe/2", route: statusRoute},
	{line: "GET /panic HTTP/2", host: shopHost, header: "User-Agent: probe/2", route: "/panic", failed: true},
	{line: "GET /stream HTTP/2", host: shopHost, header: "User-Agent: probe/2", route: "/stream"},
	{line: "BREW /nothing HTTP/2", host: shopHost, header: "User-Agent: probe/2"},
}

// requestCases are requests of every kind that the conventions cover.
var requestCases = []requestCase{
	{line: "GET /process/1 HTTP/1.1", host: shopHost, route: processRoute},
	{line: "GET /process/1 HTTP/1.0", host: shopHost, route: processRoute},
	{line: "GET /process/1 HTTP/1.0", route: processRoute},
	{line: "GET /process/a%20b HTTP/1.1", host: shopHost, route: processRoute},
	{line: "GET /process/1?q=OpenTelemetry&sig=secret HTTP/1.1", host: shopHost, route: processRoute},
	{line: "GET /process/1? HTTP/1.1", host: shopHost, route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: "shop.example", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: "[2001:db8::1]:8080", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: "[2001:db8::1]", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: "192.0.2.1", route: processRoute},
	{line: "GET http://target.example:81/process/1?q=1 HTTP/1.1", host: shopHost, route: processRoute},
	{line: "GET http://target.example HTTP/1.1", host: shopHost},
	{line: "GET /process/1 HTTP/1.1", host: shopHost, header: "User-Agent: probe/1.0\r\n", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: shopHost, header: "User-Agent: \xff\r\n", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: shopHost, header: "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil.example\r\n", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: shopHost, header: "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nBaggage: a=b\r\n", route: processRoute},
	{line: "GET /process/1 HTTP/1.1", host: shopHost, header: "X-Tenant: acme\r\nX-Tenant: other\r\n", route: processRoute},
	{line: "HEAD /status/404 HTTP/1.1", host: shopHost, route: "*"},
	{line: "GET /status/201 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/204 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/301 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/304 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/404 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/418 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/499 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/500 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/503 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /status/599 HTTP/1.1", host: shopHost, route: statusRoute},
	{line: "GET /fail/400 HTTP/1.1", host: shopHost, route: failRoute},
	{line: "GET /fail/502 HTTP/1.1", host: shopHost, route: failRoute},
	{line: "GET /panic HTTP/1.1", host: shopHost, route: "/panic", failed: true},
	{line: "GET /panic/inside HTTP/1.1", host: shopHost, route: "/panic/inside", failed: true},
	{line: "GET /write/twice HTTP/1.1", host: shopHost, route: writeRoute},
	{line: "GET /write/implicit HTTP/1.1", host: shopHost, route: writeRoute},
	{line: "GET /write/nothing HTTP/1.1", host: shopHost, route: writeRoute},
	{line: "GET /write/custom HTTP/1.1", host: shopHost, route: writeRoute},
	{line: "GET /stream HTTP/1.1", host: shopHost, route: "/stream"},
	{line: "GET /file HTTP/1.1", host: shopHost, route: "/file"},
	{line: "GET /files/a/b HTTP/1.1", host: shopHost, route: "*"},
	{line: "GET /static/hello.txt HTTP/1.1", host: shopHost, route: "*"},
	{line: "GET /mounted/users/7 HTTP/1.1", host: shopHost, route: "/mounted/users/{user_id}"},
	{line: "POST /echo HTTP/1.1", host: shopHost, header: "Content-Length: 3\r\n", body: "abc", route: "/echo"},
	{line: "POST /echo HTTP/1.1", host: shopHost, header: "Transfer-Encoding: chunked\r\n", body: "3\r\nabc\r\n0\r\n\r\n", route: "/echo"},
	{line: "POST /echo HTTP/1.1", host: shopHost, header: "Content-Length: 0\r\n", route: "/echo"},
	{line: "GET /nothing/here HTTP/1.1", host: shopHost},
	{line: "GET /nothing/here?q=1 HTTP/1.1", host: shopHost},
	{line: "DELETE /process/1 HTTP/1.1", host: shopHost},
	{line: "PATCH /process/1 HTTP/1.1", host: shopHost},
	{line: "QUERY /nothing HTTP/1.1", host: shopHost, unrecordedBy: fiberAdapters},
	{line: "BREW /nothing HTTP/1.1", host: shopHost, unrecordedBy: fiberAdapters},
	{line: "get /nothing HTTP/1.1", host: shopHost, unrecordedBy: fiberAdapters},
	{line: "TRACE /nothing HTTP/1.1", host: shopHost},
	{line: "OPTIONS /process/1 HTTP/1.1", host: shopHost},
	{line: "OPTIONS * HTTP/1.1", host: shopHost, unrecordedBy: allAdapters},
	{line: "CONNECT target.example:443 HTTP/1.1", host: "target.example:443", unrecordedBy: allAdapters},
	{line: "GET /" + strings.Repeat("a", 3000) + " HTTP/1.1", host: shopHost},
}

// method returns the request method.
func (e requestCase) method() string { return strings.SplitN(e.line, " ", 2)[0] }

// target returns the request target, which is a path with a query, or a URL.
func (e requestCase) target() string { return strings.Split(e.line, " ")[1] }

// version returns the HTTP version, such as "1.1".
func (e requestCase) version() string { return e.line[strings.LastIndexByte(e.line, '/')+1:] }

// authority returns the host and port that the client has requested.
func (e requestCase) authority() string {
	if rest, ok := strings.CutPrefix(e.target(), "http://"); ok {
		authority, _, _ := strings.Cut(rest, "/")
		return authority
	}
	return e.host
}

// path returns the path of the request target, unchanged, or "" for CONNECT.
func (e requestCase) path() string {
	path, _, _ := strings.Cut(e.target(), "?")
	if rest, ok := strings.CutPrefix(path, "http://"); ok {
		_, path, _ = strings.Cut(rest, "/")
		return "/" + path
	}
	if e.method() == http.MethodConnect {
		return ""
	}
	return path
}

// query returns the query of the request target, or "".
func (e requestCase) query() string {
	_, query, _ := strings.Cut(e.target(), "?")
	return query
}

// sendHTTP2 sends the request over HTTP/2 without TLS.
func (e requestCase) sendHTTP2(t *testing.T, address string) (status int) {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), e.method(), "http://"+address+e.target(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = e.host
	request.Header.Set("User-Agent", "probe/2")
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatalf("%s: %v", e.line, err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Errorf("%s: %v", e.line, err)
	}
	return response.StatusCode
}

// mayBeUnrecorded reports whether the adapter does not have to record the request, because
// its framework may respond without the adapter.
func (e requestCase) mayBeUnrecorded(adapter string) bool {
	for _, name := range e.unrecordedBy {
		if strings.HasPrefix(adapter, name) {
			return true
		}
	}
	return false
}

// send sends the request on a new connection and returns the status.
func (e requestCase) send(t *testing.T, address string) (status int) {
	t.Helper()
	conn, err := net.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	raw := e.line + "\r\n"
	if e.host != "" {
		raw += "Host: " + e.host + "\r\n"
	}
	if _, err := io.WriteString(conn, raw+e.header+"Connection: close\r\n\r\n"+e.body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: e.method()})
	if err != nil {
		t.Fatalf("%s: %v", e.line, err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Errorf("%s: %v", e.line, err)
	}
	return response.StatusCode
}
