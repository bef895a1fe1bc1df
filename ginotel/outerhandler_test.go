package ginotel

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/internal/stdhttp"
)

// TestExchangeEndsThoughOuterHandlerReturnedFirst proves that an exchange ends if the outer
// handler has returned before setExchange is called. A timeout middleware that responds at
// that moment can cause this, but a request cannot be stopped there, so the test calls the
// methods itself.
func TestExchangeEndsThoughOuterHandlerReturnedFirst(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	d := new(deferredEnd)
	d.finish(newWriter(c.Writer, r), true)

	request := stdhttp.Request(r)
	_, exchange := httpserver.MustInstrument(rec, framework).Start(t.Context(), &request)
	d.setExchange(exchange)
	d.endLater(httpserver.Outcome{Route: "/"})
	span := rec.Only()
	for _, attribute := range span.Attributes() {
		if attribute.Key == "http.response.status_code" {
			t.Errorf("got status %d, want no status", attribute.Value.AsInt64())
		}
	}
}
