package fiberotel_test

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"

	fiberotel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/fiberotel/internal/fibertest"
)

// TestStopKeepAlivesClosesConnections proves that a response closes its connection after
// StopKeepAlives, even if the request offers an upgrade to HTTP/2. Java's client offers
// this upgrade with each request.
func TestStopKeepAlivesClosesConnections(t *testing.T) {
	app := fiber.New()
	app.Get("/", func(c fiber.Ctx) error { return c.SendString("ok") })
	address := fibertest.FreeAddress(t)
	server := fiberotel.Server(app, address, fiber.ListenConfig{DisableStartupMessage: true})
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe() }()
	get := func(header http.Header) (closes bool, err error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false, err
		}
		return response.Close, response.Body.Close()
	}
	fibertest.Eventually(t, "it listens", func() bool { _, err := get(nil); return err == nil })
	server.StopKeepAlives()
	for name, header := range map[string]http.Header{
		"plain": nil,
		"h2c":   {"Connection": {"Upgrade, HTTP2-Settings"}, "Upgrade": {"h2c"}, "Http2-Settings": {"AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"}},
	} {
		if closes, err := get(header); err != nil || !closes {
			t.Errorf("%s: got Connection: close %v and error %v, want an answer with Connection: close", name, closes, err)
		}
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := fibertest.Await(t, served); err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
}
