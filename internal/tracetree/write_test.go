package tracetree

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// baseTime is the start of the first span.
var baseTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// spanAt returns span with a start time, which is offset after baseTime, and an end time,
// which is duration later.
func spanAt(offset, duration time.Duration, span Span) Span {
	span.Start = baseTime.Add(offset)
	span.End = span.Start.Add(duration)
	return span
}

const (
	millisecond = time.Millisecond
	traceIDOne  = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceIDTwo  = "0af7651916cd43dd8448eb211c80319c"
)

// chainedSpans returns the spans of a request that passes through two services.
func chainedSpans() []Span {
	return []Span{
		spanAt(4*millisecond, 1200*time.Microsecond, Span{TraceID: traceIDOne, SpanID: "0004", ParentID: "0003", Name: "process_item_logic",
			Service: "stock", Attributes: []Attribute{{"item.id", "12345"}, {"processing.status", "completed"}}}),
		spanAt(3*millisecond, 7900*time.Microsecond, Span{TraceID: traceIDOne, SpanID: "0003", ParentID: "0002", Name: "GET /process/:item_id",
			Kind: KindServer, Service: "stock", Attributes: []Attribute{{"http.response.status_code", "200"}, {"http.route", "/process/:item_id"}}}),
		spanAt(0, 12400*time.Microsecond, Span{TraceID: traceIDOne, SpanID: "0001", Name: "GET /orders/{id}",
			Kind: KindServer, Service: "shop", Attributes: []Attribute{{"http.response.status_code", "200"}}}),
		spanAt(2*millisecond, 9100*time.Microsecond, Span{TraceID: traceIDOne, SpanID: "0002", ParentID: "0001", Name: "GET", Kind: KindClient, Service: "shop",
			Attributes: []Attribute{{"url.full", "http://stock/process/12345"}, {"http.response.status_code", "200"}}}),
		spanAt(1*millisecond, 90*time.Microsecond, Span{TraceID: traceIDOne, SpanID: "0005", ParentID: "0001", Name: "cache lookup", Service: "shop",
			Attributes: []Attribute{{"cache.hit", "false"}}}),
	}
}

// failedSpans returns the spans of a request that fails.
func failedSpans() []Span {
	return []Span{
		spanAt(0, 1250*millisecond, Span{TraceID: traceIDTwo, SpanID: "0001", Name: "GET /panic", Kind: KindServer, Service: "shop", Status: StatusError,
			Attributes: []Attribute{{"http.response.status_code", "500"}, {"error.type", "*errors.errorString"}},
			Events: []Event{{Name: "exception", Time: baseTime.Add(3 * millisecond), Attributes: []Attribute{
				{"exception.type", "*errors.errorString"}, {"exception.message", "no stock left"}, {"exception.stacktrace", "goroutine 1"}}}}}),
		spanAt(1*millisecond, 1*millisecond, Span{TraceID: traceIDTwo, SpanID: "0002", ParentID: "0001", Name: "reserve", Service: "shop", Status: StatusError, StatusMessage: "no stock left",
			Events: []Event{{Name: "retry", Time: baseTime.Add(1500 * time.Microsecond), Attributes: []Attribute{{"attempt", "2"}}}}}),
		spanAt(2*millisecond, 90*time.Second, Span{TraceID: traceIDTwo, SpanID: "0003", ParentID: "0001", Name: "audit", Kind: KindProducer, Service: "shop", Status: StatusOK}),
	}
}

// TestWrite compares the output of Write with the golden files.
func TestWrite(t *testing.T) {
	long := strings.Repeat("very ", 30) + "long"
	for _, test := range []struct {
		name    string
		spans   []Span
		options []Option
	}{
		{"chain", chainedSpans(), nil},
		{"failures", failedSpans(), nil},
		{"colour", append(chainedSpans(), failedSpans()...), []Option{WithColor(true)}},
		{"narrow", append(chainedSpans(), failedSpans()...), []Option{WithWidth(72)}},
		{"all", chainedSpans(), []Option{WithAllAttributes(), WithWidth(0)}},
		{"orphans", []Span{
			spanAt(0, millisecond, Span{TraceID: traceIDOne, SpanID: "0002", ParentID: "0001", Name: "POST /relay", Kind: KindServer, Service: "shop"}),
			spanAt(2*millisecond, millisecond, Span{TraceID: traceIDOne, SpanID: "0003", ParentID: "00ff", Name: "task", Service: "shop", Links: []Link{{TraceID: traceIDTwo, SpanID: "0001"}}}),
		}, nil},
		{"rings", []Span{
			spanAt(0, millisecond, Span{TraceID: traceIDOne, SpanID: "0001", ParentID: "0001", Name: "itself"}),
			spanAt(1*millisecond, millisecond, Span{TraceID: traceIDOne, SpanID: "0002", ParentID: "0004", Name: "two"}),
			spanAt(2*millisecond, millisecond, Span{TraceID: traceIDOne, SpanID: "0003", ParentID: "0002", Name: "three"}),
			spanAt(3*millisecond, millisecond, Span{TraceID: traceIDOne, SpanID: "0004", ParentID: "0003", Name: "four"}),
			spanAt(4*millisecond, millisecond, Span{TraceID: traceIDOne, SpanID: "0004", ParentID: "0001", Name: "twice"}),
		}, nil},
		{"hostile", []Span{
			spanAt(0, -millisecond, Span{TraceID: traceIDOne, SpanID: "0001", Name: "red \x1b[31m and \xff and \u202e", Service: "shop\n",
				Attributes: []Attribute{{"user.input", "a b\"c\r\n"}, {"empty", ""}}}),
			spanAt(0, millisecond, Span{TraceID: traceIDOne, SpanID: "0002", ParentID: "0001", Name: long, Service: long, StatusMessage: long, Status: StatusError}),
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got bytes.Buffer
			if err := Write(&got, test.spans, test.options...); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", test.name+".golden")
			if *updateGolden {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

func TestLinesFitWidth(t *testing.T) {
	spans := append(chainedSpans(), failedSpans()...)
	for depth := range 40 {
		spans = append(spans, spanAt(time.Duration(depth)*millisecond, millisecond, Span{TraceID: "deep", SpanID: strings.Repeat("x", depth+1),
			ParentID: strings.Repeat("x", depth), Name: "a step with a name", Service: "shop", Attributes: []Attribute{{"step", "one more"}}}))
	}
	for _, width := range []int{60, 80, 200} {
		var got bytes.Buffer
		if err := Write(&got, spans, WithWidth(width)); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(got.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("got %d characters, want at most %d: %s", n, width, line)
			}
		}
	}
}
