package comparison

// releaseDates are the release dates of versions. A key is the name of a framework or an
// instrumentation, followed by the version.
var releaseDates = map[string]string{
	"Gin v1.12.0":        "2026-02-28",
	"Echo v4.16.0":       "2026-09-27",
	"Echo v5.4.4":        "2026-10-30",
	"Fiber v2.52.15":     "2026-08-12",
	"Fiber v3.1.0":       "2026-02-24",
	"chi v5.5.0":         "2026-10-14",
	"gorilla/mux v1.8.1": "2023-10-18",
	"Express v5.3.0":     "2026-10-09",

	"otelhttp v0.72.0": "2026-10-02",
	"otelgin v0.65.0":  "2026-02-02",
	"otelecho v0.60.0": "2025-03-06",
	"otelfiber v2.1.1": "2024-07-03",
	"otelchi v0.12.2":  "2025-09-02",
	"otelmux v0.58.0":  "2024-12-12",
	"http v0.223.0":    "2026-10-06",
}

// withReleaseDate returns a name and a version, followed by the release date.
func withReleaseDate(name, version string) string {
	if day := releaseDates[name+" "+version]; day != "" {
		return name + " " + version + ", " + day
	}
	return name + " " + version
}
