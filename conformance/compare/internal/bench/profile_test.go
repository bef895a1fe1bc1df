package bench

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
)

// TestPartOfStack checks to which part of a service's work partOfStack assigns typical
// stacks.
func TestPartOfStack(t *testing.T) {
	tests := []struct {
		want  Part
		stack []string // with the innermost function first
	}{
		{PartService, []string{"syscall.Syscall", "net.(*conn).Write", "net/http.(*conn).serve"}},
		{PartService, []string{"encoding/json.Marshal", "github.com/gin-gonic/gin.(*Context).JSON", "github.com/samespan/samespan/conformance/compare/internal/reference.Gin", "github.com/samespan/samespan/ginotel.(*adapter).serve"}},
		{PartService, []string{"syscall.Syscall", "net.(*conn).Write", "github.com/samespan/samespan/fiberotel/internal/fasthttpotel.(*connection).Write", "github.com/valyala/fasthttp.(*Server).serveConn"}},
		{PartMiddleware, []string{"runtime.mallocgc", "net/http.(*Request).WithContext", "github.com/samespan/samespan/ginotel.(*middleware).handle", "net/http.(*conn).serve"}},
		{PartMiddleware, []string{"runtime.mallocgc", "github.com/samespan/samespan/core/httpserver.(*Engine).read", "net/http.(*conn).serve"}},
		{PartMiddleware, []string{"github.com/gofiber/contrib/otelfiber/v2.Middleware.func1", "github.com/gofiber/fiber/v2.(*App).handler"}},
		{PartSpans, []string{"go.opentelemetry.io/otel/attribute.Value.Type", "go.opentelemetry.io/otel/sdk/trace.(*recordingSpan).End", "github.com/samespan/samespan/core/httpserver.(*Exchange).End"}},
		{PartMetrics, []string{"go.opentelemetry.io/otel/sdk/metric.(*float64Inst).Record", "github.com/samespan/samespan/core/httpserver.(*Exchange).measure"}},
		{PartEncoding, []string{"github.com/samespan/samespan/core/internal/spanwire.(*Exporter).ExportSpans", "github.com/samespan/samespan/core/internal/pipeline.(*Batches).export"}},
		{PartEncoding, []string{"google.golang.org/protobuf/proto.Marshal", "google.golang.org/grpc.encode"}},
		{PartTransport, []string{"syscall.Syscall", "net.(*conn).Write", "google.golang.org/grpc/internal/transport.(*bufWriter).flush"}},
		{PartCollection, []string{"runtime.scanobject", "runtime.gcDrain", "runtime.gcBgMarkWorker"}},
		{PartCollection, []string{"runtime.gcDrainN", "runtime.gcAssistAlloc", "runtime.mallocgc", "go.opentelemetry.io/otel/sdk/trace.(*tracer).Start"}},
		{PartRuntime, []string{"runtime.futex", "runtime.schedule", "runtime.mcall"}},
	}
	for _, test := range tests {
		if got := partOfStack(test.stack); got != test.want {
			t.Errorf("%v: got %s, want %s", test.stack, got, test.want)
		}
	}
}

// TestProfileIgnoresMainGoroutine proves that the work of the main goroutine, which starts
// the service, does not count as work for requests.
func TestProfileIgnoresMainGoroutine(t *testing.T) {
	sample := func(functions ...string) *profile.Sample {
		s := &profile.Sample{Value: []int64{1, int64(10 * time.Millisecond)}}
		for _, name := range functions {
			s.Location = append(s.Location, &profile.Location{Line: []profile.Line{{Function: &profile.Function{Name: name}}}})
		}
		return s
	}
	row := newProfileRow(Bare, &profile.Profile{Sample: []*profile.Sample{
		sample("runtime.mallocgc", "github.com/samespan/samespan/core.Setup", "main.main"),
		sample("net/http.(*response).Write", "net/http.(*conn).serve"),
	}}, 100)
	if want := map[Part]float64{PartService: 100}; !maps.Equal(row.Microseconds, want) || row.Samples != 1 {
		t.Errorf("got %v of %d samples, want %v of 1", row.Microseconds, row.Samples, want)
	}
}

func TestProfilePictureShowsEveryPart(t *testing.T) {
	rows := []ProfileRow{
		{Framework: "net/http", Variant: Bare, Microseconds: map[Part]float64{PartService: 10}},
		{Framework: "net/http", Variant: Ours, Microseconds: map[Part]float64{PartService: 10, PartMiddleware: 2.5}},
	}
	var picture bytes.Buffer
	WriteProfilePicture(&picture, rows)
	for _, want := range []string{"net/http, bare", "net/http, ours", "12.5 µs", "middleware: 2.5 µs", partColours[PartMiddleware]} {
		if !strings.Contains(picture.String(), want) {
			t.Errorf("the picture has no %q:\n%s", want, &picture)
		}
	}
	for _, p := range partDescriptions {
		if partColours[p.part] == "" || p.about == "" {
			t.Errorf("%s has no colour or no explanation", p.part)
		}
	}
	for decoder := xml.NewDecoder(&picture); ; {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the picture is not XML: %v", err)
		}
	}
}
