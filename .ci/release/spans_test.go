package main

import (
	"strings"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/samespan/samespan/conformance/otlptest"
)

func TestCheckSpans(t *testing.T) {
	const server, child = "GET /process/:item_id", "process_item_logic"
	n := tutorialRun{
		consumer: consumer{packedRelease: packedRelease{release: release{version: "v0.1.0"}}},
		program:  program{adapter: modulePrefix + "/ginotel"},
	}
	for _, test := range []struct {
		name       string
		spoil      func(outer, inner *otlptest.Span)
		extraSpans []otlptest.Span
		err        string
	}{
		{name: "as promised"},
		{name: "no server span", spoil: func(outer, _ *otlptest.Span) { outer.Proto.Name = "GET" }, err: "received a span GET /process/:item_id: got false"},
		{name: "no child", spoil: func(_, inner *otlptest.Span) { inner.Proto.Name = "logic" }, err: "received a span process_item_logic: got false"},
		{name: "a health check seen", extraSpans: []otlptest.Span{{Proto: &tracepb.Span{Name: "GET /healthz"}}}, err: "spans: got 3, want 2"},
		{name: "another parent", spoil: func(_, inner *otlptest.Span) { inner.Proto.ParentSpanId = []byte{9} }, err: "parent of process_item_logic: got 09, want 01"},
		{name: "another trace", spoil: func(_, inner *otlptest.Span) { inner.Proto.TraceId = []byte{9} }, err: "trace of process_item_logic"},
		{name: "no root", spoil: func(outer, _ *otlptest.Span) { outer.Proto.ParentSpanId = []byte{9} }, err: "parent of GET /process/:item_id: got 09"},
		{name: "another kind", spoil: func(outer, _ *otlptest.Span) { outer.Proto.Kind = tracepb.Span_SPAN_KIND_INTERNAL }, err: "kind of GET /process/:item_id: got internal"},
		{name: "no service", spoil: func(outer, _ *otlptest.Span) { outer.Resource = nil }, err: "service.name of GET /process/:item_id"},
		{name: "another scope", spoil: func(outer, _ *otlptest.Span) { outer.Scope.Name = "x" }, err: "scope of GET /process/:item_id"},
		{name: "an old version", spoil: func(outer, _ *otlptest.Span) { outer.Scope.Version = "0.0.9" }, err: "scope version of GET /process/:item_id: got v0.0.9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			origin := otlptest.Origin{
				Resource: otlptest.Attributes{"service.name": "orders"},
				Scope:    otlptest.Scope{Name: n.adapter, Version: "0.1.0"},
			}
			outer := otlptest.Span{Origin: origin, Proto: &tracepb.Span{Name: server, SpanId: []byte{1}, TraceId: []byte{7}, Kind: tracepb.Span_SPAN_KIND_SERVER}}
			inner := otlptest.Span{Origin: origin, Proto: &tracepb.Span{Name: child, SpanId: []byte{2}, TraceId: []byte{7}, ParentSpanId: []byte{1}, Kind: tracepb.Span_SPAN_KIND_INTERNAL}}
			if test.spoil != nil {
				test.spoil(&outer, &inner)
			}
			err := n.checkSpans(append([]otlptest.Span{outer, inner}, test.extraSpans...), server, child)
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got %v, want an error with %q", err, test.err)
			}
		})
	}
}
