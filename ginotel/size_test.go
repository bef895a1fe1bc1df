package ginotel_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// compressResponse is a middleware that compresses the response. Like the gzip middleware of
// gin-contrib, it replaces c.Writer.
func compressResponse(c *gin.Context) {
	outerWriter := c.Writer
	compressor := gzip.NewWriter(outerWriter)
	c.Header("Content-Encoding", "gzip")
	c.Writer = &gzipWriter{ResponseWriter: outerWriter, compressor: compressor}
	c.Next()
	_ = compressor.Close()
}

// gzipWriter is a response writer that compresses the body.
type gzipWriter struct {
	gin.ResponseWriter
	compressor *gzip.Writer
}

func (w *gzipWriter) Write(p []byte) (int, error)       { return w.compressor.Write(p) }
func (w *gzipWriter) WriteString(s string) (int, error) { return w.compressor.Write([]byte(s)) }

func TestResponseSizeIsRecorded(t *testing.T) {
	const fileSize = 100_000
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, make([]byte, fileSize), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		method  string
		path    string
		handler gin.HandlerFunc
		header  []string
	}{
		{name: "JSON", handler: func(c *gin.Context) { c.JSON(200, gin.H{"a": 1}) }},
		{name: "string", handler: func(c *gin.Context) { c.String(200, "%s", "hello") }},
		{name: "two writes", handler: func(c *gin.Context) { c.String(200, "a"); c.String(200, "bc") }},
		{name: "nothing", handler: func(*gin.Context) {}},
		{name: "204", handler: func(c *gin.Context) { c.Status(204) }},
		{name: "204 by AbortWithStatus", handler: func(c *gin.Context) { c.AbortWithStatus(204) }},
		{name: "body with 204", handler: func(c *gin.Context) { c.Status(204); _, _ = c.Writer.WriteString("no") }},
		{name: "304", handler: func(c *gin.Context) { c.File(file) }, header: []string{"If-Modified-Since", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}},
		{name: "file", handler: func(c *gin.Context) { c.File(file) }},
		{name: "file, part", handler: func(c *gin.Context) { c.File(file) }, header: []string{"Range", "bytes=0-9"}},
		{name: "file, HEAD", method: "HEAD", handler: func(c *gin.Context) { c.File(file) }},
		{name: "file of a file system", handler: func(c *gin.Context) { c.FileFromFS(filepath.Base(file), http.Dir(filepath.Dir(file))) }},
		{name: "attachment", handler: func(c *gin.Context) { c.FileAttachment(file, "f") }},
		{name: "HEAD", method: "HEAD", handler: func(c *gin.Context) { c.String(200, "hello") }},
		{name: "reader", handler: func(c *gin.Context) { c.DataFromReader(200, 5, "text/plain", strings.NewReader("hello"), nil) }},
		{name: "reader without length", handler: func(c *gin.Context) { c.DataFromReader(200, -1, "text/plain", strings.NewReader("hello"), nil) }},
		{name: "stream", handler: func(c *gin.Context) {
			n := 0
			c.Stream(func(w io.Writer) bool { _, _ = io.WriteString(w, "chunk"); n++; return n < 3 })
		}},
		{name: "events", handler: func(c *gin.Context) { c.SSEvent("tick", "one"); c.Writer.Flush(); c.SSEvent("tick", "two") }},
		{name: "flushed, no body", handler: func(c *gin.Context) { c.Writer.Flush() }},
		{name: "redirect", handler: func(c *gin.Context) { c.Redirect(302, "/elsewhere") }},
		{name: "compressed inside", handler: func(c *gin.Context) { respondCompressed(c) }},
		{name: "unmatched", path: "/nope", handler: respondOK},
		{name: "unmatched, HEAD", method: "HEAD", path: "/nope", handler: respondOK},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			ginotel.Use(r, rec)
			r.Handle("GET", "/x", test.handler)
			r.Handle("HEAD", "/x", test.handler)
			method, path := test.method, test.path
			if method == "" {
				method = http.MethodGet
			}
			if path == "" {
				path = "/x"
			}
			s := serve(t, r)
			answer := s.send(method, path, nil, test.header...)
			withoutMiddleware := gin.New()
			withoutMiddleware.Handle("GET", "/x", test.handler)
			withoutMiddleware.Handle("HEAD", "/x", test.handler)
			checkSameResponse(t, answer, serve(t, withoutMiddleware).send(method, path, nil, test.header...))
			if got := s.log.take(); got != "" {
				t.Errorf("got %q in the server's log, want nothing", got)
			}
			got := attributeOf(rec.Only(), "http.response.body.size")
			points := rec.Points(responseSizeMetric)
			if got != answer.size {
				t.Errorf("got response size %v, want %d, which the client read", got, answer.size)
			}
			if len(points) != 1 || points[0].Sum != float64(answer.size) {
				t.Errorf("got points %+v, want one of %d", points, answer.size)
			}
		})
	}
}

// checkSameResponse checks that got, the response with our middleware, equals want, the
// response without our middleware.
func checkSameResponse(t *testing.T, got, want clientResponse) {
	t.Helper()
	got.header.Del("Date")
	want.header.Del("Date")
	if got.status != want.status || got.body != want.body || !reflect.DeepEqual(got.header, want.header) {
		t.Errorf("got %d %v and %d bytes, want %d %v and %d bytes as without the middleware",
			got.status, got.header, got.size, want.status, want.header, want.size)
	}
}

// respondCompressed is a handler that compresses its response itself.
func respondCompressed(c *gin.Context) {
	c.Header("Content-Encoding", "gzip")
	to := gzip.NewWriter(c.Writer)
	_, _ = io.WriteString(to, strings.Repeat("compressed ", 100))
	_ = to.Close()
}

func TestCompressedSizeIsRecorded(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	ginotel.Use(r, rec)
	r.Use(compressResponse)
	r.GET("/", func(c *gin.Context) { c.String(200, strings.Repeat("compressed ", 100)) })
	answer := serve(t, r).get("/", "Accept-Encoding", "gzip")
	if got := attributeOf(rec.Only(), "http.response.body.size"); got != answer.size {
		t.Errorf("got response size %v, want %d, which the client read", got, answer.size)
	}
}

// TestOuterCompressorIsUnaffected proves that the middleware itself never writes to an
// outer middleware's writer. Even a write of zero bytes would change the response: a gzip
// writer would send the header of the gzip format.
func TestOuterCompressorIsUnaffected(t *testing.T) {
	serveOnce := func(use func(*gin.Engine)) string {
		r := gin.New()
		r.Use(func(c *gin.Context) {
			outerWriter := c.Writer
			c.Writer = &gzipWriter{ResponseWriter: outerWriter, compressor: gzip.NewWriter(outerWriter)}
			c.Next()
		})
		use(r)
		r.GET("/", func(c *gin.Context) { c.AbortWithStatus(200) })
		return serve(t, r).get("/").body
	}
	rec := httpservertest.New(t, httpserver.Config{})
	withoutMiddleware, got := serveOnce(func(*gin.Engine) {}), serveOnce(func(r *gin.Engine) { ginotel.Use(r, rec) })
	if got != withoutMiddleware {
		t.Errorf("got body %q, want %q as without the middleware", got, withoutMiddleware)
	}
	rec.Only()
}

func TestRequestSizeIsRecorded(t *testing.T) {
	read := func(c *gin.Context) { _, _ = io.Copy(io.Discard, c.Request.Body) }
	tests := []struct {
		name    string
		body    io.Reader
		handler gin.HandlerFunc
		want    any
	}{
		{"none", nil, read, int64(0)},
		{"declared", strings.NewReader("hello"), read, int64(5)},
		{"declared, not read", strings.NewReader("hello"), func(*gin.Context) {}, int64(5)},
		{"chunked", io.MultiReader(strings.NewReader("hel"), strings.NewReader("lo")), read, int64(5)},
		{"chunked, read by Gin", io.MultiReader(strings.NewReader(`{"a":1}`)), func(c *gin.Context) { _, _ = c.GetRawData() }, int64(7)},
		{"chunked, not read", io.MultiReader(strings.NewReader("hello")), func(*gin.Context) {}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			ginotel.Use(r, rec)
			r.POST("/", test.handler)
			serve(t, r).send(http.MethodPost, "/", test.body)
			if got := attributeOf(rec.Only(), "http.request.body.size"); got != test.want {
				t.Errorf("got request size %v, want %v", got, test.want)
			}
		})
	}
}
