package ginotel_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// newUploadForm returns a multipart form. Its file is larger than the engine's
// MaxMultipartMemory, so net/http stores it in a temporary file.
func newUploadForm(t *testing.T) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = new(bytes.Buffer)
	form := multipart.NewWriter(body)
	part, err := form.CreateFormFile("file", "a.bin")
	if err == nil {
		_, err = part.Write(make([]byte, 1<<20))
	}
	if err = errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	return body, form.FormDataContentType()
}

// TestMultipartFilesAreRemoved proves that net/http removes the temporary files of a
// multipart form that a handler has parsed.
func TestMultipartFilesAreRemoved(t *testing.T) {
	replaceRequest := func(c *gin.Context) {
		c.Request = c.Request.WithContext(c.Request.Context())
		c.Next()
	}
	tests := []struct {
		name   string
		inside []gin.HandlerFunc
		// finish is called by the handler after it has parsed the form.
		finish gin.HandlerFunc
	}{
		{"answered", nil, respondOK},
		{"request replaced inside", []gin.HandlerFunc{replaceRequest}, respondOK},
		{"twice", nil, respondOK},
		{"panic", nil, panickingHandler},
		{"excluded", nil, respondOK},
		{"excluded, panic", nil, panickingHandler},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"excluded"}})
			r := gin.New()
			r.MaxMultipartMemory = 1 << 10
			r.Use(gin.Recovery())
			ginotel.Use(r, rec)
			if test.name == "twice" {
				ginotel.Use(r, rec)
			}
			r.Use(test.inside...)
			filesDuringHandler := 0
			handler := func(c *gin.Context) {
				if _, err := c.FormFile("file"); err != nil {
					t.Error(err)
				}
				filesDuringHandler = countFiles(t, dir)
				test.finish(c)
			}
			r.POST("/upload", handler)
			r.POST("/excluded", handler)
			path := "/upload"
			if test.name == "excluded" || test.name == "excluded, panic" {
				path = "/excluded"
			}
			body, contentType := newUploadForm(t)
			serve(t, r).send(http.MethodPost, path, body, "Content-Type", contentType)
			if filesDuringHandler != 1 {
				t.Fatalf("got %d temporary files while the handler ran, want 1", filesDuringHandler)
			}
			eventually(t, "no temporary file after the response", func() bool { return countFiles(t, dir) == 0 })
		})
	}
}

// countFiles returns the number of files in dir.
func countFiles(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	return len(entries)
}

func TestHijackedConnectionIsUsable(t *testing.T) {
	const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
	// echo reads one line, sends it back and closes the connection.
	echo := func(conn net.Conn, buffer *bufio.ReadWriter) {
		line, _ := buffer.ReadString('\n')
		_, _ = io.WriteString(conn, line)
		_ = conn.Close()
	}
	hijackAndEcho := func(w http.Hijacker, greeting string) error {
		conn, buffer, err := w.Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, greeting)
			echo(conn, buffer)
		}
		return err
	}
	tests := []struct {
		name    string
		inside  []gin.HandlerFunc
		handler func(*gin.Context) error
	}{
		{"by Gin's writer", nil, func(c *gin.Context) error { return hijackAndEcho(c.Writer, switching) }},
		{"under another writer", []gin.HandlerFunc{replaceWriterWithTee}, func(c *gin.Context) error { return hijackAndEcho(c.Writer, switching) }},
		{"by http.ResponseController", nil, func(c *gin.Context) error {
			return hijackAndEcho(http.NewResponseController(c.Writer), switching)
		}},
		{"after the header", nil, func(c *gin.Context) error {
			c.Header("Connection", "Upgrade")
			c.Header("Upgrade", "echo")
			c.Status(http.StatusSwitchingProtocols)
			c.Writer.WriteHeaderNow()
			return hijackAndEcho(c.Writer, "")
		}},
		{"then a panic", nil, func(c *gin.Context) error {
			_ = hijackAndEcho(c.Writer, switching)
			panic(http.ErrAbortHandler)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			r.Use(gin.Recovery())
			ginotel.Use(r, rec)
			r.Use(test.inside...)
			r.GET("/upgrade", func(c *gin.Context) {
				if err := test.handler(c); err != nil {
					t.Error(err)
				}
			})
			s := serve(t, r)
			conn, err := net.DialTimeout("tcp", s.Listener.Addr().String(), testTimeout)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(testTimeout))
			_, _ = fmt.Fprint(conn, "GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n")
			got, err := io.ReadAll(conn)
			if err != nil {
				t.Error(err)
			}
			checkContains(t, "answer", string(got), "101 Switching Protocols")
			checkContains(t, "answer", string(got), "hello\n")
			want := wantSpan{name: "GET /upgrade", route: "/upgrade", status: int64(101)}
			span := rec.Only()
			if test.name == "then a panic" {
				want.errorType, want.code = "http.ErrAbortHandler", span.Status().Code
			}
			want.check(t, span)
			if got := attributeOf(span, "http.response.body.size"); got != nil {
				t.Errorf("got response size %v, want none", got)
			}
			checkOnePoint(t, rec)
			if got := s.log.take(); got != "" {
				t.Errorf("got %q in the server's log, want nothing", got)
			}
		})
	}
}

func TestStreamIsFlushedWhileActive(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	resume := make(chan struct{})
	r := gin.New()
	ginotel.Use(r, rec)
	r.GET("/stream", func(c *gin.Context) {
		c.SSEvent("tick", "one")
		c.Writer.Flush()
		<-resume
		c.SSEvent("tick", "two")
	})
	s := serve(t, r)
	response, err := s.Client().Get(s.URL + "/stream")
	if err != nil {
		close(resume)
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	first := make([]byte, len("event:tick\ndata:one\n\n"))
	_, err = io.ReadFull(response.Body, first)
	var activeRequests float64
	for _, point := range rec.Collect(activeRequestsMetric) {
		activeRequests += point.Sum
	}
	close(resume)
	rest, restErr := io.ReadAll(response.Body)
	if err = errors.Join(err, restErr); err != nil {
		t.Fatal(err)
	}
	checkContains(t, "first event", string(first), "one")
	checkContains(t, "rest", string(rest), "two")
	if activeRequests != 1 {
		t.Errorf("got %v active requests during the stream, want 1", activeRequests)
	}
	if got := attributeOf(rec.Only(), "http.response.body.size"); got != int64(len(first)+len(rest)) {
		t.Errorf("got response size %v, want %d", got, len(first)+len(rest))
	}
}

// TestWriterHasGinsMethods proves that c.Writer has exactly the methods of Gin's own
// writer, plus SetWriteDeadline. Without this method, http.ResponseController would set the
// deadline on the server's writer, and the middleware would not know the deadline.
func TestWriterHasGinsMethods(t *testing.T) {
	methods := func(use func(*gin.Engine)) (names []string) {
		r := gin.New()
		use(r)
		r.GET("/", func(c *gin.Context) {
			if c.Writer.Pusher() != nil {
				t.Error("got a pusher over HTTP/1.1")
			}
			kind := reflect.TypeOf(c.Writer)
			for i := range kind.NumMethod() {
				names = append(names, kind.Method(i).Name)
			}
		})
		serve(t, r).get("/")
		return names
	}
	rec := httpservertest.New(t, httpserver.Config{})
	want := append(methods(func(*gin.Engine) {}), "SetWriteDeadline")
	slices.Sort(want)
	if got := methods(func(r *gin.Engine) { ginotel.Use(r, rec) }); !slices.Equal(got, want) {
		t.Errorf("got methods %q, want %q", got, want)
	}
}

// TestUnwrapReturnsEnginesWriter proves that Unwrap of c.Writer returns the writer that the
// engine was called with, as it does without the middleware.
func TestUnwrapReturnsEnginesWriter(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		rec := httpservertest.New(t, httpserver.Config{})
		r := gin.New()
		use(r, rec)
		r.GET("/", func(c *gin.Context) {
			unwrapped := c.Writer.(interface{ Unwrap() http.ResponseWriter }).Unwrap()
			if _, ok := unwrapped.(*fullWriter); !ok {
				t.Errorf("got %T behind the writer, want that of the handler further out", unwrapped)
			}
		})
		serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.ServeHTTP(&fullWriter{w, w.(http.Flusher), w.(http.Hijacker)}, req)
		})).get("/")
	})
}

// fullWriter is a writer with which a net/http handler calls the engine. It implements
// http.Flusher and http.Hijacker.
type fullWriter struct {
	http.ResponseWriter
	http.Flusher
	http.Hijacker
}
