module github.com/samespan/samespan/echootel/contrib

go 1.25.0

require (
	github.com/labstack/echo/v4 v4.13.3
	github.com/samespan/samespan/core/exclude v0.0.0
	github.com/samespan/samespan/core/httpserver v0.0.0
	github.com/samespan/samespan/internal v0.0.0
	go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho v0.60.0
	go.opentelemetry.io/otel/metric v1.45.0
	go.opentelemetry.io/otel/sdk v1.45.0
	go.opentelemetry.io/otel/trace v1.45.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/go-logr/logr v1.4.4 // indirect
	github.com/go-logr/stdr v1.2.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/labstack/gommon v0.4.2 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/samespan/samespan/core/suppress v0.0.0 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasttemplate v1.2.2 // indirect
	go.opentelemetry.io/auto/sdk v1.2.1 // indirect
	go.opentelemetry.io/otel v1.45.0 // indirect
	go.opentelemetry.io/otel/sdk/metric v1.45.0 // indirect
	golang.org/x/crypto v0.33.0 // indirect
	golang.org/x/net v0.35.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.22.0 // indirect
	golang.org/x/time v0.10.0 // indirect
)

replace (
	github.com/samespan/samespan/core/exclude => ../../core/exclude
	github.com/samespan/samespan/core/httpserver => ../../core/httpserver
	github.com/samespan/samespan/core/suppress => ../../core/suppress
	github.com/samespan/samespan/internal => ../../internal
)
