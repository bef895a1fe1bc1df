module github.com/samespan/samespan/fiberotel/contrib

go 1.25.0

require (
	github.com/gofiber/contrib/otelfiber/v2 v2.1.1
	github.com/gofiber/fiber/v2 v2.52.5
	github.com/samespan/samespan/core/httpserver v0.0.0
	github.com/samespan/samespan/core/suppress v0.0.0
	github.com/samespan/samespan/fiberotel v0.0.0
	github.com/samespan/samespan/internal v0.0.0
	go.opentelemetry.io/otel/metric v1.45.0
	go.opentelemetry.io/otel/sdk v1.45.0
	go.opentelemetry.io/otel/trace v1.45.0
)

require (
	github.com/andybalholm/brotli v1.0.5 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-logr/logr v1.4.4 // indirect
	github.com/go-logr/stdr v1.2.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.17.0 // indirect
	github.com/mattn/go-colorable v0.1.13 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/mattn/go-runewidth v0.0.15 // indirect
	github.com/rivo/uniseg v0.2.0 // indirect
	github.com/samespan/samespan/core/exclude v0.0.0 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.51.0 // indirect
	github.com/valyala/tcplisten v1.0.0 // indirect
	go.opentelemetry.io/auto/sdk v1.2.1 // indirect
	go.opentelemetry.io/contrib v1.20.0 // indirect
	go.opentelemetry.io/otel v1.45.0 // indirect
	go.opentelemetry.io/otel/sdk/metric v1.45.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
)

replace (
	github.com/samespan/samespan/core/exclude => ../../core/exclude
	github.com/samespan/samespan/core/httpserver => ../../core/httpserver
	github.com/samespan/samespan/core/suppress => ../../core/suppress
	github.com/samespan/samespan/fiberotel => ../
	github.com/samespan/samespan/internal => ../../internal
)
