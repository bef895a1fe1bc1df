package conventions

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// TestPrefaceOfHTTP2IsRecordedOnce proves that the beginning of an HTTP/2 connection, to which
// an application without HTTP/2 responds, is recorded once if nethttpotel is around the
// application and its adapter.
func TestPrefaceOfHTTP2IsRecordedOnce(t *testing.T) {
	for name, newApp := range map[string]func(src httpserver.Source) http.Handler{
		"Gin": func(src httpserver.Source) http.Handler {
			r := gin.New()
			ginotel.Use(r, src)
			return r
		},
		"Gin, without the middleware": func(httpserver.Source) http.Handler { return gin.New() },
		"Echo": func(src httpserver.Source) http.Handler {
			e := echo.New()
			e.Use(echootel.Middleware(src))
			return e
		},
		"Echo v5": func(src httpserver.Source) http.Handler {
			e := echo5.New()
			e.Use(echo5otel.Middleware(src))
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			server := httptest.NewServer(nethttpotel.Middleware(rec)(newApp(rec)))
			t.Cleanup(server.Close)
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			httpservertest.Expect(t, rec.Only(), map[string]any{"http.response.status_code": int64(response.StatusCode), "url.path": "*"})
			if points := rec.Points("http.server.request.duration"); len(points) != 1 || points[0].Count != 1 {
				t.Errorf("got points %v, want one with one request", points)
			}
		})
	}
}

// TestPrefaceThatGinTakesOver proves that the connection itself has no span if Gin serves
// HTTP/2 on it inside nethttpotel.
func TestPrefaceThatGinTakesOver(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.UseH2C = true
	ginotel.Use(r, rec)
	r.GET("/orders/:id", func(c *gin.Context) { c.Status(http.StatusOK) })
	server := httptest.NewServer(nethttpotel.Middleware(rec)(r.Handler()))
	t.Cleanup(server.Close)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/orders/7", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	transport.CloseIdleConnections()
	if span := rec.Only(); span.Name() != "GET /orders/:id" {
		t.Errorf("got span %q, want GET /orders/:id", span.Name())
	}
}
