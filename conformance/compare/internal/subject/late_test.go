package subject_test

import (
	"testing"
	"time"

	fiber3 "github.com/gofiber/fiber/v3"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
)

// slowCloser is a user value of a Fiber request whose Close sleeps for several export
// intervals. After the response, fasthttp closes the user values one after the other. It
// closes slowCloser before the user value that ends the span.
type slowCloser struct{}

func (slowCloser) Close() error {
	<-time.After(60 * time.Millisecond)
	return nil
}

// TestConformanceOfSpansThatEndLate checks that the suite waits for spans that end after the
// response. In Fiber all server spans end after the response, on a busy machine perhaps much
// later.
func TestConformanceOfSpansThatEndLate(t *testing.T) {
	t.Parallel()
	s, err := subject.Named("fiberotel/fiber3")
	if err != nil {
		t.Fatal(err)
	}
	register := s.Instrument.Fiber3
	s.Instrument.Fiber3 = func(w subject.Wiring) func(*fiber3.App) {
		return func(app *fiber3.App) {
			app.Use(func(c fiber3.Ctx) error {
				c.RequestCtx().SetUserValue(slowCloser{}, slowCloser{})
				return c.Next()
			})
			register(w)(app)
		}
	}
	conformance.Test(t, t.Run, s.Conformance(), conformance.WithChecks(
		"parent/root", "parent/child", "parent/outside", "parent/twice", "span/route", "span/headers", "span/unmatched", "trust/client-address"))
}
