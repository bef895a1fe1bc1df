package fasthttpotel

import (
	"testing"

	"github.com/valyala/fasthttp"
)

// BenchmarkTraceparent compares RawValues, in the case "bytes", with Values, in the case
// "plain". Values copies the header's bytes into strings.
func BenchmarkTraceparent(b *testing.B) {
	var requestCtx fasthttp.RequestCtx
	requestCtx.Request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	header := (*requestHeader)(&requestCtx.Request.Header)
	b.Run("bytes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if len(header.RawValues("Traceparent")) != 1 {
				b.Fatal("got no header")
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if len(header.Values("Traceparent")) != 1 {
				b.Fatal("got no header")
			}
		}
	})
}
