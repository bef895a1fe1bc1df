package stdhttp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/internal/stdhttp"
)

// TestRequestFields proves which fields of [httpserver.Request] a raw HTTP request
// sets.
func TestRequestFields(t *testing.T) {
	tests := []struct {
		name       string
		raw        string
		remoteAddr string
		tls        bool
		want       httpserver.Request
	}{
		{
			name: "plain", raw: "GET /a%20b/c?q=%20&r HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n", remoteAddr: "192.0.2.7:51234",
			want: httpserver.Request{
				Method: "GET", Host: "shop.example:8080", Path: "/a%20b/c", Query: "q=%20&r", Protocol: "1.1",
				PeerAddress: "192.0.2.7", PeerPort: 51234,
			},
		},
		{
			name: "HTTP/1.0 and IPv6", raw: "POST / HTTP/1.0\r\n\r\n", remoteAddr: "[2001:db8::1%eth0]:80", tls: true,
			want: httpserver.Request{Method: "POST", TLS: true, Path: "/", Protocol: "1.0", PeerAddress: "2001:db8::1%eth0", PeerPort: 80},
		},
		{
			name: "HTTP/1.2", raw: "GET / HTTP/1.2\r\nHost: h\r\n\r\n",
			want: httpserver.Request{Method: "GET", Host: "h", Path: "/", Protocol: "1.2"},
		},
		{
			name: "absolute form", raw: "GET http://user:secret@shop.example/a HTTP/1.1\r\nHost: other.example\r\n\r\n",
			want: httpserver.Request{Method: "GET", Host: "shop.example", Path: "/a", Protocol: "1.1"},
		},
		{
			name: "CONNECT", raw: "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n",
			want: httpserver.Request{Method: "CONNECT", Host: "shop.example:443", Protocol: "1.1"},
		},
		{
			name: "OPTIONS *", raw: "OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n\r\n",
			want: httpserver.Request{Method: "OPTIONS", Host: "shop.example", Path: "*", Protocol: "1.1"},
		},
		{
			name: "encoded slash", raw: "GET /a%2Fb HTTP/1.1\r\nHost: h\r\n\r\n",
			want: httpserver.Request{Method: "GET", Host: "h", Path: "/a%2Fb", Protocol: "1.1"},
		},
		{
			name: "socket without a name", raw: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", remoteAddr: "@",
			want: httpserver.Request{Method: "GET", Host: "h", Path: "/", Protocol: "1.1"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(test.raw)))
			if err != nil {
				t.Fatal(err)
			}
			r.RemoteAddr = test.remoteAddr
			if test.tls {
				r.TLS = &tls.ConnectionState{}
			}
			got := stdhttp.Request(r)
			got = httpservertest.Read(t, got)
			if got.Header == nil {
				t.Error("the headers cannot be read")
			}
			got.Header = nil
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
	for major, want := range map[int]string{2: "2", 3: "3"} {
		request := stdhttp.Request(&http.Request{URL: &url.URL{}, ProtoMajor: major})
		request = httpservertest.Read(t, request)
		if request.Protocol != want {
			t.Errorf("got protocol %q, want %q", request.Protocol, want)
		}
	}
}

// TestExclusionOfUnreadRequests proves that the exclusion rules match a request in the same
// way before and after its fields are read.
func TestExclusionOfUnreadRequests(t *testing.T) {
	httpservertest.CheckUnread(t, func(raw string) (httpserver.Request, error) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return httpserver.Request{}, err
		}
		return stdhttp.Request(r), nil
	})
}

// TestMemoryOfLongRequests proves that the strings of a request do not keep a long request
// line in memory until the span is exported.
func TestMemoryOfLongRequests(t *testing.T) {
	for name, raw := range map[string]string{
		"query":            "BREW /a?q=LONG HTTP/1.1\r\nHost: h\r\n\r\n",
		"user information": "GET http://LONG@h/a HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			httpservertest.CheckBounded(t, func(size int) httpserver.Request {
				r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(strings.Replace(raw, "LONG", strings.Repeat("x", size), 1))))
				if err != nil {
					t.Fatal(err)
				}
				// The query is not checked: the engine shortens and copies a long query.
				request := stdhttp.Request(r)
				request = httpservertest.Read(t, request)
				request.Query, request.Header = "", nil
				return request
			})
		})
	}
}

func TestUnixSocketHasNoPeerAddress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	requests := make(chan httpserver.Request, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		request := stdhttp.Request(r)
		request = httpservertest.Read(t, request)
		requests <- request
	}))
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
	}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.example/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if got := <-requests; got.PeerAddress != "" || got.PeerPort != 0 {
		t.Errorf("got peer %q:%d, want none: a client's end of a socket has no name", got.PeerAddress, got.PeerPort)
	}
}

func TestWatchBodyCountsBytes(t *testing.T) {
	chunked := func() *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader("twelve"), strings.NewReader(" bytes")))
		r.ContentLength = -1
		return r
	}
	tests := []struct {
		name    string
		request *http.Request
		read    int64
		want    httpserver.Size
	}{
		{"none", httptest.NewRequest(http.MethodGet, "/", http.NoBody), 0, httpserver.Bytes(0)},
		{"nil", &http.Request{ContentLength: -1}, 0, httpserver.Bytes(0)},
		{"declared", httptest.NewRequest(http.MethodPost, "/", strings.NewReader("twelve bytes")), 0, httpserver.Bytes(12)},
		{"chunked and read", chunked(), 100, httpserver.Bytes(12)},
		{"chunked and half read", chunked(), 5, httpserver.Size{}},
		{"chunked and not read", chunked(), 0, httpserver.Size{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := stdhttp.WatchBody(test.request, test.request)
			if test.read > 0 {
				if _, err := io.CopyN(io.Discard, test.request.Body, test.read); err != nil && !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
			}
			if got := body.Size(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestWatchBodyKeepsNoBody proves that http.NoBody is not wrapped if an outer middleware
// has already read a chunked body: handlers compare with that value.
func TestWatchBodyKeepsNoBody(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body"))
	r.ContentLength, r.Body = -1, http.NoBody
	if body := stdhttp.WatchBody(r, r); r.Body != http.NoBody || body.Size() != (httpserver.Size{}) {
		t.Errorf("got body %T of size %v, want http.NoBody of unknown size", r.Body, body.Size())
	}
}

// TestWatchBodyKeepsBodyOfDeclaredLength proves that WatchBody does not wrap the body of a
// request with a Content-Length, since its bytes need not be counted.
func TestWatchBodyKeepsBodyOfDeclaredLength(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("body"))
	before := r.Body
	stdhttp.WatchBody(r, r)
	if r.Body != before {
		t.Errorf("got body %T, want the server's own", r.Body)
	}
}

func TestHandBackCopiesFields(t *testing.T) {
	t.Run("fields that the handlers set", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		inner := r.WithContext(t.Context())
		inner.Form, inner.PostForm = url.Values{"a": {"1"}}, url.Values{"b": {"2"}}
		inner.MultipartForm = &multipart.Form{}
		inner.Pattern = "GET /"
		stdhttp.HandBack(r, inner)
		if r.Form.Get("a") != "1" || r.PostForm.Get("b") != "2" || r.MultipartForm != inner.MultipartForm || r.Pattern != "GET /" {
			t.Errorf("got %v, %v, %v, %q", r.Form, r.PostForm, r.MultipartForm, r.Pattern)
		}
	})
	t.Run("fields that the handlers did not set", func(t *testing.T) {
		form := &multipart.Form{}
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Form, r.PostForm, r.MultipartForm, r.Pattern = url.Values{"a": {"1"}}, url.Values{}, form, "/outer/"
		inner := r.WithContext(t.Context())
		inner.Form, inner.PostForm, inner.MultipartForm, inner.Pattern = nil, nil, nil, ""
		stdhttp.HandBack(r, inner)
		if r.Form.Get("a") != "1" || r.PostForm == nil || r.MultipartForm != form || r.Pattern != "/outer/" {
			t.Errorf("got %v, %v, %v, %q", r.Form, r.PostForm, r.MultipartForm, r.Pattern)
		}
	})
	t.Run("the same request", func(*testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		stdhttp.HandBack(r, r)
	})
}

func TestResponseHeaderIgnoresCase(t *testing.T) {
	header := stdhttp.ResponseHeader{"X-Request-ID": {"1"}, "x-id": {"3"}, "X-Id": {"1", "2"}, "X-Ix": {"4"}}
	for name, want := range map[string][]string{"X-Request-Id": {"1"}, "X-Id": {"1", "2", "3"}, "X-Ix": {"4"}, "X-None": nil} {
		if got := header.Values(name); !slices.Equal(got, want) {
			t.Errorf("got %s %q, want %q", name, got, want)
		}
		if got, first := header.Get(name), strings.Join(want[:min(1, len(want))], ""); got != first {
			t.Errorf("got the first %s %q, want %q", name, got, first)
		}
	}
	if got := slices.Sorted(slices.Values(header.Keys())); !slices.Equal(got, []string{"X-Id", "X-Ix", "X-Request-ID", "x-id"}) {
		t.Errorf("got keys %q", got)
	}
}
