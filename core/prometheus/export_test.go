package prometheus

// MaxScrapes is the maximum number of concurrent scrapes.
const MaxScrapes = maxScrapes
