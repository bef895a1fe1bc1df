package fiberotel

import (
	"testing"

	"github.com/gofiber/fiber/v3"
)

// BenchmarkAppSettings shows what the cache of an app's settings saves. In the case "kept",
// the settings are in the cache. In the case "plain", they are read for each request.
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
