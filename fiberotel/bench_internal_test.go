package fiberotel

import (
	"testing"

	"github.com/gofiber/fiber/v2"
)

// BenchmarkAppSettings compares what is kept of an app's configuration with reading
// it for each request ("plain").
func BenchmarkAppSettings(b *testing.B) {
	app, m := fiber.New(), new(middleware)
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.settingsOf(app)
		}
	})
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.cachedSettings.Store(nil)
			m.settingsOf(app)
		}
	})
}
