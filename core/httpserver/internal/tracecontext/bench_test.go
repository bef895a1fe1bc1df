package tracecontext

import (
	"encoding/hex"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const sampledTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// serviceCallHeader returns the headers of a call between services.
func serviceCallHeader() Header {
	return propagation.HeaderCarrier{"User-Agent": {"Go-http-client/1.1"}, "Accept-Encoding": {"gzip"}, "Traceparent": {sampledTraceparent}}
}

// BenchmarkCaller compares two ways to read the caller's span context: the Reader parses
// the headers itself ("own"), or calls the default propagator ("plain").
func BenchmarkCaller(b *testing.B) {
	parsing, extracting := NewReader(nil), NewReader(nil)
	extracting.readsItself = false
	for name, reader := range map[string]*Reader{"own": &parsing, "plain": &extracting} {
		b.Run(name, func(b *testing.B) {
			header := serviceCallHeader()
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				parent := trace.SpanContextConfig{Remote: true}
				if _, called := reader.Caller(ctx, header, &parent); !called {
					b.Fatal("got no caller")
				}
			}
		})
	}
}

// BenchmarkSent compares two ways to handle the headers of an excluded request: they are
// stored, to be parsed only if a handler needs the caller's span ("kept"), or parsed at
// once ("plain").
func BenchmarkSent(b *testing.B) {
	reader := NewReader(nil)
	header := serviceCallHeader()
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok := reader.Sent(header); !ok {
				b.Fatal("got nothing to read later")
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		ctx := b.Context()
		b.ReportAllocs()
		for b.Loop() {
			parent := trace.SpanContextConfig{Remote: true}
			if _, called := reader.Caller(ctx, header, &parent); !called {
				b.Fatal("got no caller")
			}
		}
	})
}

// BenchmarkTraceParent compares two ways to parse hexadecimal digits: with tables
// ("tables"), and with package hex after a check for upper case ("plain").
func BenchmarkTraceParent(b *testing.B) {
	for name, parse := range map[string]func(string, *trace.SpanContextConfig) bool{"tables": parseTraceparent[string], "plain": parseWithHex} {
		b.Run(name, func(b *testing.B) {
			var parent trace.SpanContextConfig
			b.ReportAllocs()
			for b.Loop() {
				if !parse(sampledTraceparent, &parent) {
					b.Fatal("got no caller")
				}
			}
		})
	}
}

// parseWithHex parses a traceparent of version 00 like parseTraceparent, but with package
// hex.
func parseWithHex(value string, config *trace.SpanContextConfig) bool {
	if len(value) != version00Length || value[:traceIDOffset] != "00-" || value[spanIDOffset-1] != '-' || value[flagsOffset-1] != '-' {
		return false
	}
	for i := range len(value) {
		if value[i] >= 'A' && value[i] <= 'F' {
			return false
		}
	}
	var flags [1]byte
	_, badTrace := hex.Decode(config.TraceID[:], []byte(value[traceIDOffset:spanIDOffset-1]))
	_, badSpan := hex.Decode(config.SpanID[:], []byte(value[spanIDOffset:flagsOffset-1]))
	_, badFlags := hex.Decode(flags[:], []byte(value[flagsOffset:]))
	config.TraceFlags = trace.TraceFlags(flags[0])
	return badTrace == nil && badSpan == nil && badFlags == nil && config.TraceID.IsValid() && config.SpanID.IsValid()
}
