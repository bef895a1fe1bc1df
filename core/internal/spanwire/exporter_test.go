package spanwire

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// recordingOTLPClient records the bytes that would be sent.
type recordingOTLPClient struct {
	// sentBytes are the encoded messages.
	sentBytes [][]byte
	isStarted bool
	// err, if not nil, is the result of all methods.
	err error
}

func (c *recordingOTLPClient) Start(context.Context) error { c.isStarted = true; return c.err }
func (c *recordingOTLPClient) Stop(context.Context) error  { c.isStarted = false; return c.err }

func (c *recordingOTLPClient) UploadTraces(_ context.Context, batches []*tracepb.ResourceSpans) error {
	for _, batch := range batches {
		written, err := proto.Marshal(batch)
		if err != nil {
			return err
		}
		c.sentBytes = append(c.sentBytes, written)
	}
	return c.err
}

// exportAndDecode exports spans and returns the decoded message.
func exportAndDecode(tb testing.TB, exporter sdktrace.SpanExporter, c *recordingOTLPClient, spans []sdktrace.ReadOnlySpan) *tracepb.ResourceSpans {
	tb.Helper()
	if err := exporter.ExportSpans(context.Background(), spans); err != nil {
		tb.Fatal(err)
	}
	if len(c.sentBytes) != 1 {
		tb.Fatalf("got %d messages, want one", len(c.sentBytes))
	}
	var decoded tracepb.ResourceSpans
	if err := proto.Unmarshal(c.sentBytes[0], &decoded); err != nil {
		tb.Fatalf("a collector cannot read it: %v", err)
	}
	if unknown := decoded.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		tb.Fatalf("a collector knows nothing of %x", unknown)
	}
	return &decoded
}

// checkSameMessages checks that this package's exporter sends the same messages as
// OpenTelemetry's exporter. This package's exporter gets the argument spans.
// OpenTelemetry's exporter gets the argument valid, which must have the same spans with
// invalid strings replaced. The trace state of links is added to the messages of
// OpenTelemetry's exporter, which omits it.
func checkSameMessages(tb testing.TB, spans, valid []sdktrace.ReadOnlySpan) {
	tb.Helper()
	var sent, wantSent recordingOTLPClient
	exporter, err := New(context.Background(), &sent, nil)
	if err != nil {
		tb.Fatal(err)
	}
	reference, err := otlptrace.New(context.Background(), &wantSent)
	if err != nil {
		tb.Fatal(err)
	}
	got, want := exportAndDecode(tb, exporter, &sent, spans), exportAndDecode(tb, reference, &wantSent, valid)
	byID := make(map[string]sdktrace.ReadOnlySpan)
	for _, s := range spans {
		id := s.SpanContext().SpanID()
		byID[string(id[:])] = s
	}
	for _, scope := range want.GetScopeSpans() {
		for _, span := range scope.GetSpans() {
			for i, link := range span.GetLinks() {
				link.TraceState = byID[string(span.GetSpanId())].Links()[i].SpanContext.TraceState().String()
			}
		}
	}
	if !proto.Equal(got, want) {
		tb.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

// attributesOfEveryType returns attributes of every type, with usual, empty and extreme
// values.
func attributesOfEveryType() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("string", "größe"), attribute.String("empty", ""), attribute.String("", "no key"),
		attribute.Bool("true", true), attribute.Bool("false", false),
		attribute.Int64("int", 42), attribute.Int64("zero", 0), attribute.Int64("least", math.MinInt64), attribute.Int64("most", math.MaxInt64),
		attribute.Float64("float", 1.5), attribute.Float64("nought", 0), attribute.Float64("minus nought", math.Copysign(0, -1)), attribute.Float64("infinite", math.Inf(-1)),
		attribute.StringSlice("strings", []string{"a", "", "c"}), attribute.StringSlice("none", nil),
		attribute.Int64Slice("ints", []int64{0, -1, 2}), attribute.BoolSlice("bools", []bool{true, false}), attribute.Float64Slice("floats", []float64{0, 1}),
		{Key: "bytes", Value: attribute.ByteSliceValue([]byte{0, 0xff})},
		{Key: "nothing", Value: attribute.Value{}},
		{Key: "list", Value: attribute.SliceValue(attribute.StringValue("a"), attribute.Value{}, attribute.SliceValue(attribute.IntValue(0)))},
		{Key: "map", Value: attribute.MapValue(attribute.String("k", "v"), attribute.KeyValue{Key: "inner", Value: attribute.MapValue(attribute.Bool("b", false))})},
		attribute.String("long", strings.Repeat("x", 20_000)), attribute.String("at the edge", strings.Repeat("x", 127)), attribute.String("past it", strings.Repeat("x", 128)),
	}
}

// spanContext returns a span context. Its trace ID and span ID contain id, and state is
// its trace state.
func spanContext(tb testing.TB, id byte, flags trace.TraceFlags, remote bool, state string) trace.SpanContext {
	tb.Helper()
	parsed, err := trace.ParseTraceState(state)
	if err != nil {
		tb.Fatal(err)
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, id}, SpanID: trace.SpanID{2, id}, TraceFlags: flags, Remote: remote, TraceState: parsed,
	})
}

func TestEncodesLikeOpenTelemetrysExporter(t *testing.T) {
	res := resource.NewWithAttributes("https://resource.example", attributesOfEveryType()...)
	scopes := []instrumentation.Scope{
		{Name: "one", Version: "1.2.3", SchemaURL: "https://scope.example", Attributes: attribute.NewSet(attributesOfEveryType()...)},
		{Name: "two"},
		{},
	}
	now := time.Now()
	var stubs tracetest.SpanStubs
	for i, k := range []trace.SpanKind{trace.SpanKindServer, trace.SpanKindClient, trace.SpanKindInternal, trace.SpanKindProducer, trace.SpanKindConsumer, trace.SpanKindUnspecified} {
		stubs = append(stubs, tracetest.SpanStub{
			Name: "span", SpanContext: spanContext(t, byte(i), trace.FlagsSampled, false, "a=1,b=2"), Parent: spanContext(t, 100, 0, i%2 == 0, ""),
			SpanKind: k, StartTime: now, EndTime: now.Add(time.Duration(i)), Attributes: attributesOfEveryType(), Resource: res, InstrumentationScope: scopes[i%3],
			Status:            sdktrace.Status{Code: []codes.Code{codes.Unset, codes.Error, codes.Ok}[i%3], Description: []string{"", "broken"}[i%2]},
			DroppedAttributes: i, DroppedEvents: i * 1000, DroppedLinks: -i,
			Events: []sdktrace.Event{{Name: "event", Time: now, Attributes: attributesOfEveryType(), DroppedAttributeCount: 3}, {}},
			Links: []sdktrace.Link{
				{SpanContext: spanContext(t, 7, trace.FlagsSampled, true, "c=3"), Attributes: attributesOfEveryType(), DroppedAttributeCount: 4},
				{SpanContext: spanContext(t, 8, 0, false, "")},
			},
		})
	}
	// Add a span that starts before 1970 and has no name, attributes, events and links.
	stubs = append(stubs, tracetest.SpanStub{SpanContext: spanContext(t, 50, 0, false, ""), StartTime: time.Unix(-1, 0), EndTime: time.Unix(0, 0), Resource: res})
	checkSameMessages(t, stubs.Snapshots(), stubs.Snapshots())
	for _, stub := range stubs {
		single := tracetest.SpanStubs{stub}.Snapshots()
		checkSameMessages(t, single, single)
	}
}

func TestEmptyResourceIsEncodedLikeOpenTelemetrysExporter(t *testing.T) {
	spans := tracetest.SpanStubs{{Name: "span", SpanContext: spanContext(t, 1, 0, false, ""), Resource: resource.Empty()}}.Snapshots()
	checkSameMessages(t, spans, spans)
}

// TestReusedBufferHasNoOldBytes proves that no bytes of an earlier batch remain in the
// buffer when batches of different sizes are exported.
func TestReusedBufferHasNoOldBytes(t *testing.T) {
	var c recordingOTLPClient
	exporter, err := New(t.Context(), &c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{300, 1, 20} {
		c.sentBytes = nil
		name := strings.Repeat("n", n)
		var stubs tracetest.SpanStubs
		for range n {
			stubs = append(stubs, tracetest.SpanStub{Name: name, SpanContext: spanContext(t, 1, 0, false, ""), Resource: resource.Empty()})
		}
		decoded := exportAndDecode(t, exporter, &c, stubs.Snapshots())
		spans := decoded.GetScopeSpans()[0].GetSpans()
		if len(spans) != n || spans[n-1].GetName() != name {
			t.Errorf("got %d spans named %.20q, want %d named %.20q", len(spans), spans[0].GetName(), n, name)
		}
	}
}

func TestClientErrorsAreReturned(t *testing.T) {
	broken := errors.New("broken")
	c := recordingOTLPClient{err: broken}
	if _, err := New(t.Context(), &c, nil); !errors.Is(err, broken) {
		t.Errorf("start: got %v, want %v", err, broken)
	}
	c.err = nil
	exporter, err := New(t.Context(), &c, nil)
	if err != nil || !c.isStarted {
		t.Fatalf("got %v, started %v", err, c.isStarted)
	}
	if err := exporter.ExportSpans(t.Context(), nil); err != nil || len(c.sentBytes) > 0 {
		t.Errorf("nothing: got %v and %d messages", err, len(c.sentBytes))
	}
	c.err = broken
	if err := exporter.ExportSpans(t.Context(), tracetest.SpanStubs{{}}.Snapshots()); !errors.Is(err, broken) {
		t.Errorf("export: got %v, want %v", err, broken)
	}
	if err := exporter.Shutdown(t.Context()); !errors.Is(err, broken) || c.isStarted {
		t.Errorf("shutdown: got %v, want %v", err, broken)
	}
}

// FuzzSpan checks that this package sends the same as OpenTelemetry's exporter for spans
// of any content.
func FuzzSpan(f *testing.F) {
	f.Add("GET /process/:item_id", "http.route", "/process/:item_id", int64(200), 1.5, uint8(2), "a=1", "description", true)
	f.Add("", "", "", int64(0), 0.0, uint8(0), "", "", false)
	f.Add(strings.Repeat("n", 127), strings.Repeat("k", 128), strings.Repeat("v", 16_384), int64(math.MinInt64), math.Inf(1), uint8(255), "", strings.Repeat("d", 300), true)
	f.Add("GET /\xff", "http.\xc3route", "\xed\xa0\x80/process", int64(200), 1.5, uint8(2), "a=1", "a\xe2\x82", true)
	f.Fuzz(func(t *testing.T, name, key, value string, n int64, x float64, bits uint8, state, description string, remote bool) {
		parsed, _ := trace.ParseTraceState(state)
		sc := trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{bits}, SpanID: trace.SpanID{bits, 1}, TraceFlags: trace.TraceFlags(bits), Remote: remote, TraceState: parsed,
		})
		spans := func(text func(string) string) []sdktrace.ReadOnlySpan {
			name, key, value := text(name), text(key), text(value)
			attributes := []attribute.KeyValue{
				attribute.String(key, value), attribute.Int64(key, n), attribute.Float64(key, x), attribute.Bool(key, remote),
				attribute.StringSlice(key, []string{value, key}),
				{Key: attribute.Key(key), Value: attribute.MapValue(attribute.String(key, value))},
				{Key: attribute.Key(key), Value: attribute.MapValue(attribute.String("a", value), attribute.Int64("b", n))},
			}
			return tracetest.SpanStubs{{
				Name: name, SpanContext: sc, Parent: sc, SpanKind: trace.SpanKind(bits % 8),
				StartTime: time.Unix(0, n), EndTime: time.Unix(n%1_000_000, 0), Attributes: attributes,
				Events: []sdktrace.Event{{Name: name, Time: time.Unix(0, n), Attributes: attributes, DroppedAttributeCount: int(n)}},
				Links:  []sdktrace.Link{{SpanContext: sc, Attributes: attributes, DroppedAttributeCount: int(bits)}},
				Status: sdktrace.Status{Code: codes.Code(bits % 3), Description: text(description)}, DroppedAttributes: int(n), DroppedEvents: int(bits),
				Resource:             resource.NewSchemaless(attributes...),
				InstrumentationScope: instrumentation.Scope{Name: name, Version: value, SchemaURL: key, Attributes: attribute.NewSet(attributes...)},
			}}.Snapshots()
		}
		checkSameMessages(t, spans(func(s string) string { return s }), spans(func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }))
	})
}

// serverSpans returns n spans with the attributes of typical requests.
func serverSpans(n int) []sdktrace.ReadOnlySpan {
	var stubs tracetest.SpanStubs
	for range n {
		stubs = append(stubs, tracetest.SpanStub{
			Name: "GET /process/:item_id", SpanKind: trace.SpanKindServer, StartTime: time.Now(), EndTime: time.Now(),
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: 1}),
			Resource:    resource.NewSchemaless(attribute.String("service.name", "orders")),
			Attributes: []attribute.KeyValue{
				attribute.String("http.request.method", "GET"), attribute.String("url.path", "/process/12345"), attribute.String("url.scheme", "http"),
				attribute.String("http.route", "/process/:item_id"), attribute.String("server.address", "shop.example"), attribute.Int("server.port", 8080),
				attribute.String("network.protocol.version", "1.1"), attribute.String("network.peer.address", "192.0.2.7"), attribute.Int("network.peer.port", 51234),
				attribute.String("client.address", "192.0.2.7"), attribute.String("user_agent.original", "Go-http-client/1.1"),
				attribute.Int("http.response.status_code", 200), attribute.Int("http.request.body.size", 0), attribute.Int("http.response.body.size", 42),
			},
		})
	}
	return stubs.Snapshots()
}

func TestAllocationsDoNotGrowWithBatch(t *testing.T) {
	count := func(n int) float64 {
		spans := serverSpans(n)
		var m message
		m.writeResourceSpans(spans)
		return testing.AllocsPerRun(10, func() {
			m.encoded = m.encoded[:0]
			m.writeResourceSpans(spans)
		})
	}
	// Only the list of a scope's spans is reallocated when it grows.
	if of8, of512 := count(8), count(512); of512 > of8+10 {
		t.Errorf("got %v allocations for 512 spans and %v for 8, want about as many", of512, of8)
	}
}

// discardClient is a client that discards all messages.
type discardClient struct{ otlptrace.Client }

func (discardClient) Start(context.Context) error                                  { return nil }
func (discardClient) UploadTraces(context.Context, []*tracepb.ResourceSpans) error { return nil }

// TestBufferIsReusedAfterGarbageCollection proves that the buffer of a batch survives a
// garbage collection, and that a buffer that is larger than maxReusedCapacity is discarded.
func TestBufferIsReusedAfterGarbageCollection(t *testing.T) {
	exporter, err := New(t.Context(), discardClient{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	export := func(spans []sdktrace.ReadOnlySpan) {
		t.Helper()
		if err := exporter.ExportSpans(t.Context(), spans); err != nil {
			t.Fatal(err)
		}
	}
	export(serverSpans(512))
	first := exporter.lastMessage.Load()
	if first == nil || cap(first.encoded) > maxReusedCapacity {
		t.Fatalf("got %v kept of a usual batch, want its bytes", first)
	}
	array := &first.encoded[:1][0]
	for range 3 {
		runtime.GC() // empties every sync.Pool
	}
	export(serverSpans(512))
	if second := exporter.lastMessage.Load(); second == nil || &second.encoded[:1][0] != array {
		t.Error("the bytes of a batch are not used again after a garbage collection")
	}
	export(tracetest.SpanStubs{{Name: strings.Repeat("n", maxReusedCapacity), Resource: resource.Empty()}}.Snapshots())
	if buffer := exporter.lastMessage.Load(); buffer != nil {
		t.Errorf("got %d bytes kept of a huge batch, want none", cap(buffer.encoded))
	}
}

// encodingClient is a client that encodes messages, as gRPC does, and sends nothing.
type encodingClient struct{ otlptrace.Client }

func (encodingClient) Start(context.Context) error { return nil }

func (encodingClient) UploadTraces(_ context.Context, batches []*tracepb.ResourceSpans) error {
	_, err := proto.Marshal(batches[0])
	return err
}

// freshBufferExporter is an exporter that uses a new buffer for each batch.
type freshBufferExporter struct{ *Exporter }

func (e freshBufferExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	e.lastMessage.Store(nil)
	return e.Exporter.ExportSpans(ctx, spans)
}

// BenchmarkExport compares this package's exporter with OpenTelemetry's exporter
// ("plain"), and with a variant that does not reuse the buffer of the last batch
// ("fresh").
func BenchmarkExport(b *testing.B) {
	spans := serverSpans(512)
	exporter, err := New(b.Context(), encodingClient{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	reference, err := otlptrace.New(b.Context(), encodingClient{})
	if err != nil {
		b.Fatal(err)
	}
	for name, exporter := range map[string]sdktrace.SpanExporter{"ours": exporter, "fresh": freshBufferExporter{exporter}, "plain": reference} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := exporter.ExportSpans(b.Context(), spans); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// recordingExporter is a fallback exporter that keeps the spans it receives.
type recordingExporter struct{ spans []sdktrace.ReadOnlySpan }

func (k *recordingExporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	k.spans = append(k.spans, spans...)
	return nil
}
func (*recordingExporter) Shutdown(context.Context) error { return nil }

// TestUnknownKindIsUnencodable proves that a value of an unknown type marks the message
// as unencodable.
func TestUnknownKindIsUnencodable(t *testing.T) {
	for kind, unknown := range map[attribute.Type]bool{attribute.STRING: false, attribute.EMPTY: false, attribute.Type(99): true} {
		var m message
		m.writeValueOfKind(kind, keyValueValue, attribute.StringValue("a"))
		if m.unencodable != unknown {
			t.Errorf("kind %v: got unknown %t, want %t", kind, m.unencodable, unknown)
		}
	}
}

func TestFallbackExportsEveryBatch(t *testing.T) {
	var c recordingOTLPClient
	var fallback recordingExporter
	exporter, err := New(t.Context(), &c, &fallback)
	if err != nil {
		t.Fatal(err)
	}
	spans := tracetest.SpanStubs{{Name: "a"}, {Name: "b"}}.Snapshots()
	if err := exporter.ExportSpans(t.Context(), spans); err != nil || len(c.sentBytes) != 1 || len(fallback.spans) != 0 {
		t.Errorf("got %v, %d messages and %d spans left", err, len(c.sentBytes), len(fallback.spans))
	}
	exporter.UseFallback()
	if err := exporter.ExportSpans(t.Context(), spans); err != nil || len(c.sentBytes) != 1 || len(fallback.spans) != 2 {
		t.Errorf("got %v, %d messages and %d spans left, want all left", err, len(c.sentBytes), len(fallback.spans))
	}
}
