// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vbt_blocks.c - what stands where in which block, as tables.
 *
 * A row is: key, byte, bit, width in bits, form, step from row to row in bits, first and last version of the BDB that
 * has the field. Source of all of them: intel-gpu-tools 2.5 tools/intel_vbt_defs.h and intel_dsi_vbt_defs.h; of the
 * words, its intel_vbt_decode.c and Linux intel_bios.c. Where that has no more than a name of a block (55), the
 * comment says what the fields are taken from.
 */
#include <stdio.h>

#include "base/macros.h"
#include "fw/vbt_shape.h"

#define NUM(key, at, width, ...)                             \
	{                                                    \
		key, at, 0, width, SHAPE_NUMBER, __VA_ARGS__ \
	}
#define HEX(key, at, width, ...)                          \
	{                                                 \
		key, at, 0, width, SHAPE_HEX, __VA_ARGS__ \
	}
#define FLAG(key, at, bit, ...)                          \
	{                                                \
		key, at, bit, 1, SHAPE_FLAG, __VA_ARGS__ \
	}
#define BITS(key, at, bit, n, ...)                         \
	{                                                  \
		key, at, bit, n, SHAPE_NUMBER, __VA_ARGS__ \
	}
#define PIECE(key, at, n, form, ...)                 \
	{                                            \
		key, at, 0, (n)*8, form, __VA_ARGS__ \
	}
#define NAMES(array)  .names = (array), .n_names = ARRAY_SIZE(array)
#define FIELDS(array) .fields = (array), .n_fields = ARRAY_SIZE(array)
#define GROUPS(array) .groups = (array), .n_groups = ARRAY_SIZE(array)

/* clang-format off */

/* ---- words ------------------------------------------------------------------------------------------------- */

static const char *const speed_i2c[] = { "100 kHz", "50 kHz", "400 kHz", "1 MHz" };
static const char *const swing[] = { "0.4 V", "0.6 V", "0.8 V", "1.2 V" };
static const char *const emphasis[] = { "0 dB", "3.5 dB", "6 dB", "9.5 dB" };
static const char *const hdmi_rate[] = { "as the platform can", "297 MHz", "165 MHz", "594 MHz", "340 MHz", "300 MHz" };
static const char *const frl_rate[] = { "none", "3 GT/s", "6 GT/s", "8 GT/s", "10 GT/s", "12 GT/s" };
static const char *const lanes[] = { "1 lane", "2 lanes", "3 lanes", "4 lanes" };
static const char *const dvo_port[] = {
	"HDMI-A", "HDMI-B", "HDMI-C", "HDMI-D", "LVDS", "TV", "CRT", "DP-B", "DP-C", "DP-D", "DP-A", "DP-E", "HDMI-E",
	"DP-F", "HDMI-F", "DP-G", "HDMI-G", "DP-H", "HDMI-H", "DP-I", "HDMI-I", "DSI-A", "DSI-B", "DSI-C", "DSI-D",
};
static const char *const bridge[] = { "none", "ASUS", "Toshiba", "Renesas" };
static const char *const fitting[] = { "off", "text only", "graphics only", "text and graphics" };
static const char *const channel[] = { "automatic", "single", "dual", "reserved" };
static const char *const dps[] = { "static DRRS", "D2PO", "seamless DRRS", "reserved" };
static const char *const lamp[] = { "default", "CCFL", "LED", "reserved" };
static const char *const shell[] = { "inside the shell", "outside the shell", "reserved", "reserved" };
static const char *const degrees[] = { "0 degrees", "90 degrees", "180 degrees", "270 degrees" };
static const char *const depth_bit[] = { "18 bpp", "24 bpp" };
static const char *const inverter[] = { "none or external", "I2C", "PWM" };
static const char *const control[] = {
	"PMIC pin", "LPSS PWM", "PWM of the display engine", "PWM of the panel", "panel driver interface",
	"VESA eDP AUX", "PWM of the display engine, or VESA eDP 1.5 AUX", "PWM of the display engine, or custom AUX",
};
static const char *const edp_depth[] = { "18 bpp", "24 bpp", "30 bpp", "36 bpp" };
static const char *const edp_rate[] = { "1.62 Gb/s", "2.7 Gb/s", "5.4 Gb/s" };
static const char *const edp_table[] = { "low power (200 mV)", "default (400 mV)" };
static const char *const lane_of_four[] = { "lane 1", "lane 2", "lane 3", "lane 4" };
static const char *const psr_lines[] = { "0", "1", "4", "8" };
static const char *const psr2_time[] = { "500 us", "100 us", "2500 us", "5 us" };
static const char *const lfp_kind[] = { "none", "LVDS", "SDVO LVDS", "eDP" };
static const char *const boot_device[] = { "the system's", "the driver's" };
static const char *const buffer_block[] = { "1 KiB", "4 KiB", "16 KiB", "64 KiB" };
static const char *const dsi_transfer[] = { "?", "non-burst with sync pulses", "non-burst with sync events", "burst" };
static const char *const dsi_format[] = { "?", "RGB565", "RGB666", "RGB666 loosely packed", "RGB888" };
static const char *const dsi_dual[] = { "single link", "front and back", "alternating pixels" };
static const char *const dsi_ports[] = { "A", "C", "A and C" };
static const char *const clock_mode[] = { "DCI (display clock integration)", "BTM (legacy buffer through mode)" };
static const char *const byte_clock[] = { "20 MHz", "10 MHz", "5 MHz" };

struct handle_word {
	uint16_t bit, since, until;
	const char *word;
};

/* Displays as bits; three of them changed hands when analogue outputs went away. */
const char *vbt_handle_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	static const struct handle_word words[] = {
		{ 0x0001, 0, 216, "CRT" }, { 0x0001, 217, 0, "EFP 6" }, { 0x0002, 0, 214, "TV" },
		{ 0x0002, 215, 0, "EFP 5" }, { 0x0004, 0, 0, "EFP 1" }, { 0x0008, 0, 0, "LFP 1" },
		{ 0x0010, 0, 0, "EFP 4" }, { 0x0020, 0, 0, "EFP 3" }, { 0x0040, 0, 0, "EFP 2" },
		{ 0x0080, 0, 0, "LFP 2" }, { 0x0100, 217, 0, "EFP 7" }, { 0x0200, 217, 0, "EFP 8" },
	};
	size_t len = 0;

	if (v == 0)
		return "none";
	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(words) && len < MEANS_LEN; i++)
		if ((v & words[i].bit) && version >= words[i].since && (!words[i].until || version <= words[i].until)) {
			len += (size_t)snprintf(buf + len, MEANS_LEN - len, "%s%s", len ? " + " : "", words[i].word);
			v &= ~(uint64_t)words[i].bit;
		}
	if (v && len < MEANS_LEN)
		snprintf(buf + len, MEANS_LEN - len, "%s?", len ? " + " : "");
	return buf;
}

static const char *type_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	static const char *const bits[16] = {
		"analog", "digital", "DisplayPort", "video", "TMDS", "LVDS", "high speed link", "content protection",
		"dual channel", "composite", "MIPI", "not HDMI", "internal", "hotplug", "power management", "class extension",
	};
	size_t len = 0;

	if (v == 0 || version == 0)
		return "none";
	for (size_t i = 0; i < ARRAY_SIZE(bits) && len < MEANS_LEN; i++)
		if (v >> i & 1)
			len += (size_t)snprintf(buf + len, MEANS_LEN - len, "%s%s", len ? ", " : "", bits[i]);
	return buf;
}

static const char *aux_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	static const char letters[] = "-BCDAEFGHI"; /* DP_AUX_B is 0x10, DP_AUX_A 0x40 */

	if (version == 0 || (v & 0xf) || v >> 4 >= sizeof(letters) - 1)
		return "?";
	if (v == 0)
		return "none";
	snprintf(buf, MEANS_LEN, "%c", letters[v >> 4]);
	return buf;
}

static const char *link_rate_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	static const char *const since_216[] = { "8.1 Gb/s", "5.4 Gb/s", "2.7 Gb/s", "1.62 Gb/s" };
	static const char *const since_230[] = { "as the platform can", "1.62 Gb/s", "2.7 Gb/s", "5.4 Gb/s", "8.1 Gb/s",
						 "10 Gb/s", "13.5 Gb/s", "20 Gb/s" };

	buf[0] = '\0';
	return version >= 230 ? since_230[v & 7] : since_216[v & 3];
}

/* Units of 200 kHz. */
static const char *rate_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	if (v == 0 || version == 0)
		return NULL;
	snprintf(buf, MEANS_LEN, "%g Gb/s", (double)v / 5000);
	return buf;
}

/* Units of 100 microseconds. */
static const char *delay_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	if (version == 0)
		return NULL;
	snprintf(buf, MEANS_LEN, "%g ms", (double)v / 10);
	return buf;
}

static const char *edp_rates_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	static const char *const rates[] = { "1.62", "2.16", "2.43", "2.7", "3.24", "4.32", "5.4", "6.75", "8.1", "10",
					     "13.5", "20" };
	size_t len = 0;

	if (v == 0 || version == 0)
		return "none";
	for (size_t i = 0; i < ARRAY_SIZE(rates) && len < MEANS_LEN; i++)
		if (v >> i & 1)
			len += (size_t)snprintf(buf + len, MEANS_LEN - len, "%s%s", len ? ", " : "", rates[i]);
	if (len < MEANS_LEN)
		snprintf(buf + len, MEANS_LEN - len, " Gb/s");
	return buf;
}

/* Registers of the display engine hold one less. */
static const char *plus_one_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%llu", version ? (unsigned long long)v + 1 : 0);
	return buf;
}

static const char *burst_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%llu", version ? 4 * ((unsigned long long)v + 1) : 0);
	return buf;
}

/* IEEE 754 binary16, here never negative: cd/m2. */
static const char *luminance_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	unsigned exponent = (unsigned)(v >> 10 & 0x1f);
	double n = (double)(v & 0x3ff) + (exponent ? 1024 : 0);

	if (version == 0 || v >> 15 || exponent == 31)
		return "?";
	for (unsigned i = exponent ? exponent : 1; i < 25; i++)
		n /= 2;
	for (unsigned i = 25; i < exponent; i++)
		n *= 2;
	snprintf(buf, MEANS_LEN, "%g cd/m2", n);
	return buf;
}

static const char *gamma_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	if (version == 0 || v == 0xff)
		return "none";
	snprintf(buf, MEANS_LEN, "%g", (double)(v + 100) / 100);
	return buf;
}

static const char *ms_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%llu ms", version ? (unsigned long long)v : 0);
	return buf;
}

/* Units of 10 microseconds. */
static const char *timeout_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%g ms", version ? (double)v / 100 : 0);
	return buf;
}

/* Ten bits, the low two in the first byte; sixteenths of a bit. */
static const char *dsc_bpp_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%g bpp", version ? (double)((v & 3) | (v >> 8) << 2) / 16 : 0);
	return buf;
}

static const char *dsc_delay_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%u", version ? (unsigned)((v & 3) | (v >> 8) << 2) : 0);
	return buf;
}

/* 0xff: by the EDID of the panel that answers (Linux intel_bios.c, get_panel_type()). */
static const char *panel_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	buf[0] = '\0';
	return version && v == 0xff ? "by its EDID" : NULL;
}

static const char *max_bpp_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%u bpp", version ? 6 + 2 * (unsigned)v : 0);
	return buf;
}

static const char *line_depth_means(uint16_t version, uint64_t v, char buf[MEANS_LEN])
{
	snprintf(buf, MEANS_LEN, "%u bits", version ? 8 + (unsigned)v : 0);
	return buf;
}

/* ---- 1, 2, 3: features, definitions, toggles --------------------------------------------------------------- */

static const struct shape_field features[] = {
	BITS("panel_fitting", 0, 0, 2, NAMES(fitting)), FLAG("flexaim", 0, 2), FLAG("message", 0, 3),
	BITS("clear_screen", 0, 4, 3), FLAG("color_flip", 0, 7),
	FLAG("external_vbt", 1, 0), FLAG("lvds_ssc", 1, 1), FLAG("lvds_ssc_alternate_frequency", 1, 2),
	FLAG("lfp_on_override", 1, 3), FLAG("no_ssc_on_clone", 1, 4), FLAG("vga_underscan", 1, 5),
	BITS("reference_clock_mode", 1, 6, 1, .until = 182, NAMES(clock_mode)), FLAG("dynamic_cdclk", 1, 6, .since = 183),
	FLAG("vbios_hotplug", 1, 7),
	FLAG("no_smooth_vision", 2, 0), FLAG("single_dvi", 2, 1), FLAG("rotate_180", 2, 2, .since = 181),
	FLAG("fdi_rx_inverted", 2, 3), FLAG("extended_vbios_mode", 2, 4, .since = 160),
	FLAG("copy_lfp_dtd_to_sdvo", 2, 5, .since = 160), FLAG("best_fit_timing", 2, 6, .since = 160),
	FLAG("ignore_straps", 2, 7, .since = 160),
	HEX("legacy_monitor_detect", 3, 8),
	FLAG("integrated_crt", 4, 0), FLAG("integrated_tv", 4, 1), FLAG("integrated_efp", 4, 2),
	FLAG("dp_ssc", 4, 3), FLAG("dp_ssc_alternate_frequency", 4, 4), FLAG("dp_ssc_dongle", 4, 5),
	BITS("type_c_hpd_retry_timeout", 5, 0, 7, .since = 242), BITS("afc_startup", 6, 0, 2, .since = 249),
};
static const struct shape_group features_groups[] = { { FIELDS(features) } };

static const struct shape_field definitions[] = {
	HEX("crt_ddc_pin", 0, 8), FLAG("dpms_non_acpi", 1, 0), FLAG("skip_boot_crt_detect", 1, 1),
	FLAG("dpms_aim", 1, 2),
	HEX("boot_display", 2, 16, .means = vbt_handle_means), NUM("child_size", 4, 8),
};
static const struct shape_field child[] = {
	HEX("handle", 0, 16, .means = vbt_handle_means), HEX("device_type", 2, 16, .means = type_means),
	PIECE("signature", 4, 10, SHAPE_TEXT, .until = 151),
	NUM("i2c_speed", 4, 8, .since = 152, NAMES(speed_i2c)),
	FLAG("onboard_redriver", 5, 6, .since = 158),
	BITS("onboard_redriver_swing", 5, 3, 3, .since = 158, NAMES(swing)),
	BITS("onboard_redriver_emphasis", 5, 0, 3, .since = 158, NAMES(emphasis)),
	FLAG("dock_redriver", 6, 6, .since = 158),
	BITS("dock_redriver_swing", 6, 3, 3, .since = 158, NAMES(swing)),
	BITS("dock_redriver_emphasis", 6, 0, 3, .since = 158, NAMES(emphasis)),
	BITS("hdmi_level_shifter", 7, 0, 5, .since = 158),
	BITS("hdmi_max_rate", 7, 5, 3, .since = 204, NAMES(hdmi_rate)),
	HEX("dtd_buffer", 8, 16, .since = 161),
	FLAG("edidless_efp", 10, 0, .since = 161), FLAG("compression", 10, 1, .since = 198),
	FLAG("compression_by_cps", 10, 2, .since = 198), FLAG("ganged_edp", 10, 3, .since = 202),
	FLAG("lttpr_non_transparent", 10, 4, .since = 235), FLAG("no_external_compression", 10, 5, .since = 251),
	BITS("compression_index", 11, 0, 4, .since = 198),
	BITS("hdmi_max_frl_rate", 12, 0, 4, .since = 237, NAMES(frl_rate)),
	FLAG("hdmi_max_frl_rate_valid", 12, 4, .since = 237),
	HEX("aim_offset", 14, 16), NUM("dvo_port", 16, 8, NAMES(dvo_port)),
	HEX("i2c_pin", 17, 8), HEX("i2c_address", 18, 8), HEX("ddc_pin", 19, 8), HEX("edid_pointer", 20, 16),
	HEX("dvo_config", 22, 8),
	HEX("dvo2_port", 23, 8, .until = 154), HEX("i2c2_pin", 24, 8, .until = 154),
	HEX("i2c2_address", 25, 8, .until = 154),
	HEX("ddc2_pin", 26, 8, .until = 154),
	FLAG("efp_routed", 23, 0, .since = 158), FLAG("lane_reversal", 23, 1, .since = 184),
	FLAG("lspcon", 23, 2, .since = 192),
	FLAG("iboost", 23, 3, .since = 196), FLAG("hpd_invert", 23, 4, .since = 196),
	FLAG("use_vbt_swing", 23, 5, .since = 218),
	BITS("dp_max_lanes", 23, 6, 2, .since = 244, NAMES(lanes)),
	FLAG("hdmi_support", 24, 0, .since = 158), FLAG("dp_support", 24, 1, .since = 158),
	FLAG("tmds_support", 24, 2, .since = 158), HEX("aux_channel", 25, 8, .since = 155, .means = aux_means),
	HEX("dongle_detect", 26, 8, .since = 155),
	BITS("pipe_capability", 27, 0, 2), FLAG("sdvo_stall", 27, 2), BITS("hpd_status", 27, 3, 2),
	FLAG("integrated_encoder", 27, 5), HEX("dvo_wiring", 28, 8), HEX("dvo2_wiring", 29, 8, .until = 170),
	NUM("mipi_bridge", 29, 8, .since = 171, NAMES(bridge)), HEX("extended_type", 30, 16),
	HEX("dvo_function", 32, 8),
	FLAG("type_c", 33, 0, .since = 195), FLAG("thunderbolt", 33, 1, .since = 209),
	FLAG("dedicated_external", 33, 2, .since = 264), FLAG("dynamic_port_over_type_c", 33, 3, .since = 264),
	BITS("dp_trace_length", 33, 4, 4, .since = 209), NUM("dp_gpio_index", 34, 8, .since = 195),
	NUM("dp_gpio_pin", 35, 16, .since = 195), BITS("dp_iboost_level", 37, 0, 4, .since = 196),
	BITS("hdmi_iboost_level", 37, 4, 4, .since = 196),
	BITS("dp_max_link_rate", 38, 0, 3, .since = 216, .means = link_rate_means),
	NUM("efp_index", 39, 8, .since = 256),
	{ "edp_rate_override", 40, 0, 12, SHAPE_HEX, .since = 263, .means = edp_rates_means },
};
static const struct shape_group definitions_groups[] = {
	{ FIELDS(definitions) },
	{ .key = "child", FIELDS(child), .at = 5, .rows = 255, .size_in = 5, .skip_at = 3 },
};
static const struct shape_field child_table[] = { NUM("child_size", 0, 8) };
static const struct shape_group child_table_groups[] = {
	{ FIELDS(child_table) },
	{ .key = "child", FIELDS(child), .at = 1, .rows = 255, .size_in = 1, .skip_at = 3 },
};

static const struct shape_field toggle_options[] = { HEX("features", 0, 8), NUM("n_entries", 1, 16) };
static const struct shape_field display_16[] = { HEX("displays", 0, 16, .means = vbt_handle_means) };
static const struct shape_group toggle_options_groups[] = {
	{ FIELDS(toggle_options) },
	{ .key = "entry", FIELDS(display_16), .at = 3, .rows = 255, .stride = 2, .rows_in = 2 },
};

/* ---- 5: a mode with its timings by colour depth ------------------------------------------------------------- */

#define GENERIC_MODE(at)                                                                                          \
	NUM("x", at, 16), NUM("y", (at) + 2, 16), HEX("color_depths", (at) + 4, 8), NUM("refresh_1_hz", (at) + 5, 8), \
	NUM("refresh_2_hz", (at) + 6, 8), NUM("refresh_3_hz", (at) + 7, 8), HEX("reserved", (at) + 8, 8),         \
	NUM("text_columns", (at) + 9, 8), NUM("text_rows", (at) + 10, 8), NUM("font_height", (at) + 11, 8),       \
	HEX("page_size", (at) + 12, 16), HEX("misc", (at) + 14, 8)
#define LESS_ONE(key, at) NUM(key, at, 16, .means = plus_one_means)
#define GENERIC_TIMINGS                                                                                           \
	NUM("clock_khz", 0, 32), LESS_ONE("h_active", 4), LESS_ONE("h_total", 6), LESS_ONE("h_blank_start", 8),   \
	LESS_ONE("h_blank_end", 10), LESS_ONE("h_sync_start", 12), LESS_ONE("h_sync_end", 14),                    \
	LESS_ONE("v_active", 16), LESS_ONE("v_total", 18), LESS_ONE("v_blank_start", 20),                         \
	LESS_ONE("v_blank_end", 22), LESS_ONE("v_sync_start", 24), LESS_ONE("v_sync_end", 26)

static const struct shape_field generic_mode_old[] = { GENERIC_MODE(0) };
static const struct shape_field generic_mode[] = { HEX("mode_flag", 0, 16), GENERIC_MODE(2) };
static const struct shape_field generic_timings_old[] = {
	GENERIC_TIMINGS, NUM("watermark_8bpp", 28, 8), NUM("burst_8bpp", 29, 8, .means = burst_means),
	NUM("watermark_16bpp", 30, 8, .means = plus_one_means), NUM("burst_16bpp", 31, 8, .means = burst_means),
	NUM("watermark_32bpp", 32, 8, .means = plus_one_means), NUM("burst_32bpp", 33, 8, .means = burst_means),
};
static const struct shape_field generic_timings[] = { GENERIC_TIMINGS };
static const struct shape_group generic_mode_groups[] = {
	{ FIELDS(generic_mode_old), .until = 105 }, { FIELDS(generic_mode), .since = 106 },
	{ .key = "timing", FIELDS(generic_timings_old), .at = 15, .rows = 3, .stride = 34, .until = 105 },
	{ .key = "timing", FIELDS(generic_timings), .at = 17, .rows = 3, .stride = 28, .since = 106 },
};

/* ---- 9 to 28 ----------------------------------------------------------------------------------------------- */

static const struct shape_field psr[] = {
	FLAG("full_link", 0, 0, .step = 48), FLAG("aux_to_wake", 0, 1, .step = 48),
	BITS("idle_frames", 1, 0, 4, .step = 48),
	BITS("lines_to_wait", 1, 4, 3, .step = 48, NAMES(psr_lines)),
	NUM("tp1_wakeup_100us", 2, 16, .step = 48, .means = delay_means),
	NUM("tp2_tp3_wakeup_100us", 4, 16, .step = 48, .means = delay_means),
	BITS("psr2_tp2_tp3_wakeup", 96, 0, 2, .step = 2, .since = 226, NAMES(psr2_time)),
};
static const struct shape_group psr_groups[] = { { .key = "panel", FIELDS(psr), .rows = 16, .by_panel = true } };

static const struct shape_field dot_clock_alm[] = {
	NUM("clock", 0, 32), NUM("n", 4, 8), NUM("m1", 5, 8), NUM("m2", 6, 8), BITS("p1", 7, 0, 5), FLAG("p1_is_2", 7, 5),
	FLAG("p2_is_4", 7, 7),
};
static const struct shape_group dot_clock_alm_groups[] = { { .key = "entry", FIELDS(dot_clock_alm), .rows = 255, .stride = 8 } };

static const struct shape_field mode_removal_head[] = { NUM("row_size", 0, 8) };
static const struct shape_field mode_removal[] = {
	NUM("x", 0, 16), NUM("y", 2, 16), HEX("bpp", 4, 8), HEX("refresh", 5, 16), HEX("removal", 7, 8),
	HEX("panels", 8, 16),
};
static const struct shape_group mode_removal_groups[] = {
	{ FIELDS(mode_removal_head) },
	{ .key = "mode", FIELDS(mode_removal), .at = 1, .rows = 255, .size_in = 1, .tail = 2 },
};

static const struct shape_field driver_features[] = {
	BITS("boot_device", 0, 0, 1, NAMES(boot_device)), FLAG("switch_display_in_dvd", 0, 1),
	FLAG("switch_display_in_dos", 0, 2),
	FLAG("hotplug_dvo", 0, 3), FLAG("dual_view_zoom", 0, 4), FLAG("int15_hook", 0, 5),
	FLAG("sprite_in_clone", 0, 6),
	FLAG("primary_lfp_110", 0, 7),
	NUM("boot_x", 1, 16), NUM("boot_y", 3, 16), NUM("boot_bpp", 5, 8), NUM("boot_refresh_hz", 6, 8),
	FLAG("lfp_primary", 7, 0), FLAG("mode_pruning", 7, 1), FLAG("dual_frequency", 7, 2),
	FLAG("render_clock_low", 7, 3),
	FLAG("nt_clone", 7, 4), FLAG("power_scheme_other", 7, 5), FLAG("sprite_primary", 7, 6),
	FLAG("aspect_scaling", 7, 7),
	FLAG("keep_aspect", 8, 0), FLAG("sdvo_power_down", 8, 1), FLAG("crt_hotplug", 8, 2),
	BITS("lfp_config", 8, 3, 2, NAMES(lfp_kind)), FLAG("tv_hotplug", 8, 5), BITS("hdmi_config", 8, 6, 2),
	FLAG("static_display", 9, 0, .since = 163), FLAG("embedded", 9, 1, .since = 163),
	FLAG("display_subsystem", 9, 2, .since = 163),
	NUM("crt_max_x", 10, 16), NUM("crt_max_y", 12, 16), NUM("crt_max_refresh_hz", 14, 8),
	FLAG("hdmi_termination", 15, 0), FLAG("cea_861d", 15, 1), FLAG("self_refresh", 15, 2),
	NUM("custom_version", 16, 8, .since = 155),
	FLAG("rmpm", 17, 0, .since = 159), FLAG("s2ddt", 17, 1, .since = 159),
	FLAG("dpst", 17, 2, .since = 159, .until = 227),
	FLAG("backlight_by_dxgk", 17, 3, .since = 159), FLAG("adb", 17, 4, .since = 159, .until = 227),
	FLAG("drrs", 17, 5, .since = 159, .until = 227), FLAG("render_standby", 17, 6, .since = 159),
	FLAG("gpmt", 17, 7, .since = 159),
	FLAG("turbo_boost", 18, 0, .since = 159), FLAG("psr", 18, 1, .since = 165, .until = 227),
	FLAG("ips", 18, 2, .since = 165),
	FLAG("dfps", 18, 3, .since = 165), FLAG("dmrrs", 18, 4, .since = 174, .until = 227),
	FLAG("adt", 18, 5, .until = 228),
	FLAG("hpd_wake", 18, 6, .since = 201, .until = 240), FLAG("features_valid", 18, 7, .since = 159),
};
static const struct shape_group driver_features_groups[] = { { FIELDS(driver_features) } };

static const struct shape_field persistence[] = {
	FLAG("hotkey", 0, 0), FLAG("lid_switch", 0, 1), FLAG("power_management", 0, 2),
	FLAG("hotkey_on_twin", 0, 3),
	FLAG("hotkey_on_refresh", 0, 4), FLAG("hotkey_on_pipe", 0, 5), FLAG("hotkey_on_mode", 0, 6),
	FLAG("edid_on_mode", 0, 7),
	FLAG("hotplug_on_mode", 1, 0), FLAG("docking", 1, 1), NUM("max_config", 2, 8),
};
static const struct shape_group persistence_groups[] = { { FIELDS(persistence) } };

static const struct shape_field dot_clock_head[] = { NUM("row_size", 0, 8), NUM("n_rows", 1, 8) };
static const struct shape_field dot_clock[] = {
	NUM("clock", 0, 32), NUM("n", 4, 8), NUM("m1", 5, 8), NUM("m2", 6, 8), HEX("p1", 7, 8), HEX("p2", 8, 8),
};
static const struct shape_group dot_clock_groups[] = {
	{ FIELDS(dot_clock_head) },
	{ .key = "entry", FIELDS(dot_clock), .at = 2, .rows = 255, .size_in = 1, .rows_in = 2 },
};
const struct shape_group vbt_lvds_clocks = {
	.key = "lvds_entry", FIELDS(dot_clock), .at = 2, .rows = 255, .size_in = 1, .rows_in = 2,
};

static const struct shape_field sv_test[] = { PIECE("bits", 0, 8, SHAPE_BYTES) };
static const struct shape_group sv_test_groups[] = { { FIELDS(sv_test) } };

static const struct shape_field rotation[] = {
	HEX("enable", 0, 8), HEX("flags_1", 1, 8), HEX("flags_2", 2, 16), HEX("flags_3", 4, 32),
	HEX("flags_4", 8, 32),
};
static const struct shape_group rotation_groups[] = { { FIELDS(rotation) } };

static const struct shape_field list_head[] = { NUM("n_entries", 0, 8), NUM("entry_size", 1, 8) };
static const struct shape_field displays_by_pipe[] = {
	HEX("pipe_a", 0, 8, .means = vbt_handle_means), HEX("pipe_b", 1, 8, .means = vbt_handle_means),
};
static const struct shape_field display_8[] = { HEX("displays", 0, 8, .means = vbt_handle_means) };
#define LIST(name, row) \
	static const struct shape_group name[] = { \
		{ FIELDS(list_head) }, \
		{ .key = "entry", FIELDS(row), .at = 2, .rows = 255, .size_in = 2, .rows_in = 1 }, \
	}
LIST(remove_old_groups, displays_by_pipe);
LIST(remove_ivb_groups, display_8);
LIST(remove_hsw_groups, display_16);

static const struct shape_field oem_mode[] = {
	FLAG("in_vbios", 0, 0), FLAG("in_os", 0, 1), FLAG("in_gop", 0, 2, .since = 207),
	HEX("displays", 1, 8, .until = 216, .means = vbt_handle_means), NUM("x", 2, 16), NUM("y", 4, 16),
	HEX("color_depth", 6, 8),
	NUM("refresh_hz", 7, 8), PIECE("timing", 8, 18, SHAPE_DTD),
	HEX("displays", 26, 16, .since = 217, .means = vbt_handle_means),
};
LIST(oem_groups, oem_mode);

static const struct shape_field efp[] = { PIECE("maker", 0, 2, SHAPE_MAKER), HEX("product", 2, 16) };
LIST(efp_groups, efp);

static const struct shape_field sdvo_options[] = {
	HEX("panel_backlight", 0, 8), NUM("h40_panel_type", 1, 8), NUM("panel_type", 2, 8), NUM("ssc_clock", 3, 8),
	NUM("als_low_trip", 4, 16), NUM("als_high_trip", 6, 16), NUM("scaler_rows", 8, 8),
	NUM("scaler_row_size", 9, 8),
	PIECE("coefficients", 10, 8, SHAPE_BYTES), HEX("misc_1", 18, 8), HEX("misc_2", 19, 8), HEX("misc_3", 20, 8),
	HEX("misc_4", 21, 8),
};
static const struct shape_group sdvo_options_groups[] = { { FIELDS(sdvo_options) } };

static const struct shape_field dtd[] = { PIECE("timing", 0, 18, SHAPE_DTD) };
static const struct shape_group sdvo_dtd_groups[] = { { .key = "panel", FIELDS(dtd), .rows = 4, .stride = 18 } };
static const struct shape_group efp_dtd_groups[] = { { .key = "efp", FIELDS(dtd), .rows = 16, .stride = 18 } };

static const struct shape_field pnp[] = {
	PIECE("maker", 0, 2, SHAPE_MAKER), HEX("product", 2, 16), NUM("serial", 4, 32), NUM("week", 8, 8),
	NUM("year_since_1990", 9, 8),
};
static const struct shape_group sdvo_pnp_groups[] = { { .key = "panel", FIELDS(pnp), .rows = 4, .stride = 10 } };

static const struct shape_field sdvo_power[] = {
	NUM("power_on", 0, 16, .means = ms_means), NUM("backlight_on", 2, 16, .means = ms_means), NUM("backlight_off", 4, 16, .means = ms_means), NUM("power_off", 6, 16, .means = ms_means),
	NUM("power_cycle", 8, 16, .means = ms_means),
};
static const struct shape_group sdvo_power_groups[] = { { .key = "panel", FIELDS(sdvo_power), .rows = 4, .stride = 10 } };

static const struct shape_field tv[] = {
	BITS("overscan_component", 0, 0, 2), BITS("overscan_dvi", 1, 4, 2), FLAG("add_modes", 1, 6),
	FLAG("d_connector", 1, 7),
};
static const struct shape_group tv_groups[] = { { FIELDS(tv) } };

/* ---- 27: eDP ----------------------------------------------------------------------------------------------- */

static const struct shape_field edp[] = {
	NUM("t1_t3_100us", 0, 16, .step = 80, .means = delay_means),
	NUM("t8_100us", 2, 16, .step = 80, .means = delay_means),
	NUM("t9_100us", 4, 16, .step = 80, .means = delay_means),
	NUM("t10_100us", 6, 16, .step = 80, .means = delay_means),
	NUM("t11_t12_100us", 8, 16, .step = 80, .means = delay_means),
	BITS("color_depth", 160, 0, 2, .step = 2, NAMES(edp_depth)),
	BITS("fast_link_rate", 164, 0, 4, .step = 16, .until = 223, NAMES(edp_rate)),
	BITS("fast_link_lanes", 164, 4, 4, .step = 16, NAMES(lanes)),
	BITS("fast_link_emphasis", 165, 0, 4, .step = 16, NAMES(emphasis)),
	BITS("fast_link_swing", 165, 4, 4, .step = 16, NAMES(swing)),
	BITS("sdrrs_msa_delay", 196, 0, 2, .step = 2, NAMES(lane_of_four)),
	FLAG("stereo_3d", 200, 0, .step = 1, .since = 162),
	FLAG("t3_optimization", 202, 0, .step = 1, .since = 165),
	BITS("swing_table", 204, 0, 4, .step = 4, .since = 173, NAMES(edp_table)),
	FLAG("fast_link_training", 212, 0, .step = 1, .since = 182),
	FLAG("dpcd_600_write", 214, 0, .step = 1, .since = 185),
	NUM("pwm_to_backlight_100us", 216, 16, .step = 32, .since = 186, .means = delay_means),
	NUM("backlight_to_pwm_off_100us", 218, 16, .step = 32, .since = 186, .means = delay_means),
	FLAG("full_link_given", 280, 0, .step = 1, .since = 199),
	BITS("full_link_emphasis", 282, 0, 4, .step = 8, .since = 199, NAMES(emphasis)),
	BITS("full_link_swing", 282, 4, 4, .step = 8, .since = 199, NAMES(swing)),
	FLAG("apical", 298, 0, .step = 1, .since = 203), HEX("apical_oui", 300, 32, .step = 224, .since = 203),
	HEX("apical_dpcd_base", 304, 32, .step = 224, .since = 203),
	HEX("apical_irdidix_control", 308, 32, .step = 224, .since = 203),
	HEX("apical_option_select", 312, 32, .step = 224, .since = 203),
	HEX("apical_backlight", 316, 32, .step = 224, .since = 203),
	HEX("apical_ambient_light", 320, 32, .step = 224, .since = 203),
	HEX("apical_backlight_scale", 324, 32, .step = 224, .since = 203),
	NUM("fast_link_rate_200khz", 748, 16, .step = 16, .since = 224, .means = rate_means),
	NUM("max_link_rate_200khz", 780, 16, .step = 16, .since = 244, .means = rate_means),
	FLAG("no_dsc", 812, 0, .step = 1, .since = 251), FLAG("t6_delay", 814, 0, .step = 1, .since = 260),
	NUM("link_idle_time", 816, 16, .step = 16, .since = 260), FLAG("pipe_joiner", 848, 0, .step = 1, .since = 261),
};
static const struct shape_group edp_groups[] = { { .key = "panel", FIELDS(edp), .rows = 16, .by_panel = true } };

/* ---- 40 to 46: panels -------------------------------------------------------------------------------------- */

static const struct shape_field lfp_options[] = {
	NUM("panel_type", 0, 8, .means = panel_means),
	NUM("panel_type_2", 1, 8, .since = 212, .means = panel_means),
	BITS("fit_mode", 2, 0, 2), FLAG("fit_text_enhanced", 2, 2), FLAG("fit_graphics_enhanced", 2, 3),
	FLAG("fit_auto_ratio", 2, 4),
	FLAG("pixel_dither", 2, 5), FLAG("lvds_edid", 2, 6, .until = 240),
};
static const struct shape_field lfp_options_panel[] = {
	BITS("channel", 4, 0, 2, .step = 2, NAMES(channel)), FLAG("ssc", 8, 0, .step = 1),
	FLAG("ssc_alternate_frequency", 10, 0, .step = 1), FLAG("no_ssc_in_twin", 12, 0, .step = 1),
	BITS("color_depth", 14, 0, 1, .step = 1, NAMES(depth_bit)),
	BITS("dps_type", 16, 0, 2, .step = 2, NAMES(dps)),
	BITS("backlight_type", 20, 0, 2, .step = 2, .until = 240, NAMES(lamp)),
	FLAG("vcc_in_s0", 24, 0, .step = 1, .since = 200),
	BITS("rotation", 26, 0, 2, .step = 2, .since = 228, NAMES(degrees)),
	BITS("position", 30, 0, 2, .step = 2, .since = 240, NAMES(shell)),
};
static const struct shape_group lfp_options_groups[] = {
	{ FIELDS(lfp_options) },
	{ .key = "panel", FIELDS(lfp_options_panel), .rows = 16, .by_panel = true },
};

static const struct shape_field backlight_head[] = { NUM("entry_size", 0, 8) };
static const struct shape_field backlight[] = {
	BITS("type", 1, 0, 2, .step = 48, NAMES(inverter)), FLAG("active_low", 1, 2, .step = 48),
	BITS("i2c_pin", 1, 3, 3, .step = 48),
	BITS("i2c_speed", 1, 6, 2, .step = 48, NAMES(speed_i2c)), NUM("pwm_hz", 2, 16, .step = 48),
	NUM("min_brightness", 4, 8, .step = 48, .until = 233), HEX("i2c_address", 5, 8, .step = 48),
	HEX("i2c_command", 6, 8, .step = 48),
	NUM("level", 97, 8, .step = 8, .since = 162, .until = 233),
	BITS("control", 113, 0, 4, .step = 8, .since = 191, NAMES(control)),
	BITS("controller", 113, 4, 4, .step = 8, .since = 191),
	NUM("brightness", 129, 16, .step = 32, .since = 234),
	NUM("min_brightness", 193, 16, .step = 32, .since = 234),
	NUM("precision_bits", 257, 8, .step = 8, .since = 236),
	NUM("hdr_refresh_timeout_10us", 273, 16, .step = 16, .since = 239, .means = timeout_means),
};
/* Six bytes an entry in every table seen; with others nothing would be where it is looked for. */
static const struct shape_group backlight_groups[] = {
	{ FIELDS(backlight_head) },
	{ .key = "panel", FIELDS(backlight), .rows = 16, .by_panel = true },
};

static const struct shape_field power[] = {
	FLAG("dpst_support", 0, 0, .until = 159), BITS("power_preference", 0, 1, 3, .until = 227),
	FLAG("lace_enabled_by_default", 0, 5, .since = 210, .until = 227),
	FLAG("lace_supported", 0, 6, .since = 210, .until = 227),
	FLAG("als", 0, 7, .until = 227), BITS("lace_profile", 21, 0, 3, .since = 210, .until = 227),
};
static const struct shape_field als[] = { NUM("backlight_percent", 0, 16), NUM("lux", 2, 16) };
static const struct shape_field power_panel[] = {
	FLAG("dpst", 22, 0, .step = 1, .since = 228, .until = 256), FLAG("psr", 24, 0, .step = 1, .since = 228),
	FLAG("drrs", 26, 0, .step = 1, .since = 228), FLAG("lace", 28, 0, .step = 1, .since = 228),
	FLAG("adt", 30, 0, .step = 1, .since = 228), FLAG("dmrrs", 32, 0, .step = 1, .since = 228),
	FLAG("adb", 34, 0, .step = 1, .since = 228), FLAG("lace_on", 36, 0, .step = 1, .since = 228),
	BITS("dpst_level", 38, 0, 4, .step = 8, .since = 228, .until = 256),
	BITS("lace_level", 38, 4, 4, .step = 8, .since = 228),
	FLAG("hobl", 54, 0, .step = 1, .since = 232), FLAG("vrr", 56, 0, .step = 1, .since = 233),
	FLAG("elp", 58, 0, .step = 1, .since = 247, .until = 256),
	FLAG("opst", 60, 0, .step = 1, .since = 247, .until = 256),
	BITS("opst_level", 62, 0, 4, .step = 8, .since = 247, .until = 256),
	BITS("elp_level", 62, 4, 4, .step = 8, .since = 247, .until = 256),
	FLAG("apd", 78, 0, .step = 1, .since = 253, .until = 256),
	FLAG("pixoptix", 80, 0, .step = 1, .since = 253, .until = 256),
	BITS("apd_level", 82, 0, 4, .step = 8, .since = 253, .until = 256),
	BITS("pixoptix_level", 82, 4, 4, .step = 8, .since = 253, .until = 256),
	BITS("technology", 98, 0, 4, .step = 8, .since = 257), FLAG("xpst", 114, 0, .step = 1, .since = 257),
	FLAG("tcon_backlight", 116, 0, .step = 1, .since = 257),
	BITS("xpst_level", 118, 0, 4, .step = 8, .since = 257),
	BITS("tcon_level", 118, 4, 4, .step = 8, .since = 257),
	FLAG("tcon_with_xpst", 134, 0, .step = 1, .since = 257),
};
static const struct shape_group power_groups[] = {
	{ FIELDS(power) },
	{ .key = "als", FIELDS(als), .at = 1, .rows = 5, .stride = 4 },
	{ .key = "panel", FIELDS(power_panel), .rows = 16, .since = 228, .by_panel = true },
};

static const struct shape_field bfi_head[] = { NUM("entry_size", 0, 8) };
static const struct shape_field bfi[] = {
	FLAG("bfi_in_driver", 0, 0), FLAG("brightness_in_cui", 0, 1), NUM("brightness_percent", 1, 8),
};
static const struct shape_group bfi_groups[] = {
	{ FIELDS(bfi_head) },
	{ .key = "panel", FIELDS(bfi), .at = 1, .rows = 16, .stride = 2, .size_in = 1, .by_panel = true },
};

static const struct shape_field luminance[] = {
	FLAG("luminance", 0, 0), FLAG("gamma", 0, 1), NUM("min_luminance", 1, 16, .means = luminance_means),
	NUM("max_luminance", 3, 16, .means = luminance_means),
	NUM("one_percent_max_luminance", 5, 16, .means = luminance_means),
	NUM("gamma_value", 7, 8, .means = gamma_means),
};
static const struct shape_group chromaticity_groups[] = {
	{ .key = "luminance", FIELDS(luminance),
	.at = 176, .rows = 16, .stride = 8, .since = 211, .by_panel = true },
};

/* ---- 50 to 58 ---------------------------------------------------------------------------------------------- */

static const struct shape_field mipi_old[] = {
	HEX("panel_id", 0, 16), HEX("bridge_revision", 2, 16), FLAG("dithering", 4, 0), FLAG("format_18bpp", 4, 1),
	FLAG("dphy_valid", 4, 3), HEX("port_info", 8, 16), BITS("lanes", 10, 2, 2, NAMES(lanes)),
	BITS("virtual_channel", 12, 0, 2),
	BITS("transfer_mode", 12, 2, 2, NAMES(dsi_transfer)), NUM("ddr_clock", 14, 32), NUM("bridge_clock", 18, 32),
	HEX("power_conservation", 22, 16), BITS("prepare_count", 24, 0, 5), BITS("clock_zero_count", 25, 0, 8),
	BITS("trail_count", 26, 0, 5), BITS("exit_zero_count", 27, 0, 6), NUM("high_low_switch_count", 28, 32),
	NUM("lp_byte_clock", 32, 32), NUM("clock_lane_switch_count", 36, 32), NUM("color_depth", 40, 32),
};
static const struct shape_group mipi_old_groups[] = {
	{ .key = "panel", FIELDS(mipi_old), .rows = 16, .stride = 44, .by_panel = true },
};

static const struct shape_field fixed_mode[] = { FLAG("enable", 0, 0), NUM("x", 1, 32), NUM("y", 5, 32) };
static const struct shape_group fixed_mode_groups[] = { { FIELDS(fixed_mode) } };

#define CONFIG (122 * 8) /* a configuration's length, bits */
static const struct shape_field mipi[] = {
	NUM("panel_id", 0, 16, .step = CONFIG), FLAG("dithering", 2, 0, .step = CONFIG),
	FLAG("bridge", 2, 2, .step = CONFIG),
	BITS("architecture", 2, 3, 2, .step = CONFIG), FLAG("command_mode", 2, 5, .step = CONFIG),
	BITS("transfer_mode", 2, 6, 2, .step = CONFIG, NAMES(dsi_transfer)), FLAG("cabc", 3, 0, .step = CONFIG),
	FLAG("pwm_of_soc", 3, 1, .step = CONFIG), BITS("color_format", 3, 2, 4, .step = CONFIG, NAMES(dsi_format)),
	BITS("rotation", 3, 6, 2, .step = CONFIG, NAMES(degrees)), FLAG("no_bta", 4, 0, .step = CONFIG),
	BITS("dual_link", 6, 0, 2, .step = CONFIG, NAMES(dsi_dual)),
	BITS("lanes", 6, 2, 2, .step = CONFIG, NAMES(lanes)),
	BITS("pixel_overlap", 6, 4, 3, .step = CONFIG), FLAG("rgb_flip", 6, 7, .step = CONFIG),
	BITS("cabc_ports", 7, 0, 2, .step = CONFIG, NAMES(dsi_ports)),
	BITS("backlight_ports", 7, 2, 2, .step = CONFIG, NAMES(dsi_ports)),
	FLAG("port_sync", 7, 4, .step = CONFIG, .since = 219, .until = 230),
	FLAG("dsi_usage", 8, 0, .step = CONFIG),
	NUM("burst_frequency", 11, 32, .step = CONFIG), NUM("ddr_clock", 15, 32, .step = CONFIG),
	NUM("bridge_clock", 19, 32, .step = CONFIG),
	BITS("byte_clock", 23, 0, 2, .step = CONFIG, NAMES(byte_clock)),
	FLAG("dphy_valid", 24, 0, .step = CONFIG), FLAG("no_eot", 24, 1, .step = CONFIG),
	FLAG("clock_stop", 24, 2, .step = CONFIG),
	FLAG("blanking_in_bllp", 24, 3, .step = CONFIG, .since = 219),
	FLAG("lp_clock_in_lpm", 24, 4, .step = CONFIG, .since = 219),
	NUM("hs_tx_timeout", 26, 32, .step = CONFIG), NUM("lp_rx_timeout", 30, 32, .step = CONFIG),
	NUM("turn_around_timeout", 34, 32, .step = CONFIG), NUM("reset_timer", 38, 32, .step = CONFIG),
	NUM("master_init_timer", 42, 32, .step = CONFIG), NUM("dbi_bandwidth_timer", 46, 32, .step = CONFIG),
	NUM("lp_byte_clock", 50, 32, .step = CONFIG), BITS("prepare_count", 54, 0, 6, .step = CONFIG),
	BITS("clock_zero_count", 55, 0, 8, .step = CONFIG), BITS("trail_count", 56, 0, 5, .step = CONFIG),
	BITS("exit_zero_count", 57, 0, 6, .step = CONFIG), NUM("clock_lane_switch_count", 58, 32, .step = CONFIG),
	NUM("high_low_switch_count", 62, 32, .step = CONFIG), NUM("tclk_miss", 90, 8, .step = CONFIG),
	NUM("tclk_post", 91, 8, .step = CONFIG), NUM("tclk_pre", 93, 8, .step = CONFIG),
	NUM("tclk_prepare", 94, 8, .step = CONFIG),
	NUM("tclk_settle", 95, 8, .step = CONFIG), NUM("tclk_term_enable", 96, 8, .step = CONFIG),
	NUM("tclk_trail", 97, 8, .step = CONFIG),
	NUM("tclk_prepare_zero", 98, 16, .step = CONFIG), NUM("td_term_enable", 101, 8, .step = CONFIG),
	NUM("teot", 102, 8, .step = CONFIG),
	NUM("ths_exit", 103, 8, .step = CONFIG), NUM("ths_prepare", 104, 8, .step = CONFIG),
	NUM("ths_prepare_zero", 105, 16, .step = CONFIG),
	NUM("ths_settle", 108, 8, .step = CONFIG), NUM("ths_skip", 109, 8, .step = CONFIG),
	NUM("ths_trail", 110, 8, .step = CONFIG),
	NUM("tinit", 111, 8, .step = CONFIG), NUM("tlpx", 112, 8, .step = CONFIG),
	HEX("gpio_panel_enable", 116, 8, .step = CONFIG),
	HEX("gpio_backlight", 117, 8, .step = CONFIG), HEX("gpio_pwm", 118, 8, .step = CONFIG),
	HEX("gpio_reset", 119, 8, .step = CONFIG),
	HEX("gpio_power_down", 120, 8, .step = CONFIG), HEX("gpio_standby", 121, 8, .step = CONFIG),
	NUM("panel_on_100us", 732, 16, .step = 80, .since = 177, .means = delay_means),
	NUM("backlight_on_100us", 734, 16, .step = 80, .since = 177, .means = delay_means),
	NUM("backlight_off_100us", 736, 16, .step = 80, .since = 177, .means = delay_means),
	NUM("panel_off_100us", 738, 16, .step = 80, .since = 177, .means = delay_means),
	NUM("power_cycle_100us", 740, 16, .step = 80, .since = 177, .means = delay_means),
	NUM("pwm_to_backlight_100us", 792, 16, .step = 32, .since = 186, .means = delay_means),
	NUM("backlight_to_pwm_off_100us", 794, 16, .step = 32, .since = 186, .means = delay_means),
	NUM("pmic_i2c_bus", 816, 8, .step = 8, .since = 190),
};
static const struct shape_group mipi_groups[] = { { .key = "panel", FIELDS(mipi), .rows = 6, .by_panel = true } };

static const struct shape_field palette[] = {
	NUM("enabled", 0, 8), PIECE("red", 1, 256, SHAPE_BYTES), PIECE("blue", 257, 256, SHAPE_BYTES),
	PIECE("green", 513, 256, SHAPE_BYTES),
};
static const struct shape_group palette_groups[] = { { FIELDS(palette) } };

static const struct shape_field dsc_head[] = { NUM("entry_size", 0, 16) };

/*
 * No public description. Each entry of the tables seen (BDB 199 to 212) has the fields of the picture parameter set of
 * VESA DSC 1.1 at their offsets (Linux drm_dsc.h), with the default thresholds and ranges of the standard; only the
 * order of the bits in wider fields is the processor's, which the standard's values for 8 and 12 bpp tell: transmission
 * delays of 512 and 341, initial offsets of 6144 and 2048.
 */
static const struct shape_field dsc_old[] = {
	BITS("minor", 0, 0, 4), BITS("major", 0, 4, 4), BITS("line_buffer_depth", 3, 0, 4), BITS("bpc", 3, 4, 4),
	HEX("bpp", 4, 16, .means = dsc_bpp_means), HEX("initial_transmission_delay", 16, 16, .means = dsc_delay_means),
	NUM("first_line_bpg_offset", 27, 8), NUM("initial_offset", 32, 16), NUM("flatness_min_qp", 36, 8),
	NUM("flatness_max_qp", 37, 8), NUM("quant_limit_0", 41, 8), NUM("quant_limit_1", 42, 8),
	PIECE("thresholds", 44, 14, SHAPE_BYTES), PIECE("ranges", 58, 30, SHAPE_BYTES),
};
static const struct shape_group dsc_old_groups[] = {
	{ FIELDS(dsc_head) },
	{ .key = "entry", FIELDS(dsc_old), .at = 2, .rows = 16, .stride = 128, .size_in = 1 },
};

static const struct shape_field dsc[] = {
	BITS("major", 0, 0, 4), BITS("minor", 0, 4, 4), BITS("rc_block_size", 1, 0, 2, NAMES(buffer_block)),
	NUM("rc_buffer_size", 2, 8),
	HEX("slices_per_line", 3, 32), BITS("line_buffer_depth", 7, 0, 4, .means = line_depth_means),
	FLAG("block_prediction", 8, 0),
	NUM("max_bpp", 9, 8, .means = max_bpp_means), FLAG("bpc_8", 10, 1), FLAG("bpc_10", 10, 2),
	FLAG("bpc_12", 10, 3),
	NUM("slice_height", 11, 16),
};
static const struct shape_group dsc_groups[] = {
	{ FIELDS(dsc_head) },
	{ .key = "entry", FIELDS(dsc), .at = 2, .rows = 16, .stride = 13, .size_in = 1 },
};

/* clang-format on */

const struct shape_block vbt_shapes[] = {
	{ 1, "general_features", GROUPS(features_groups) },
	{ 2, "general_definitions", GROUPS(definitions_groups) },
	{ 3, "display_toggle", GROUPS(toggle_options_groups) },
	{ 4, "mode_support", .walk = vbt_walk_modes },
	{ 5, "generic_mode", GROUPS(generic_mode_groups) },
	{ 6, "mmio_registers", .walk = vbt_walk_registers },
	{ 7, "io_flags", .walk = vbt_walk_registers },
	{ 8, "mmio_flags", .walk = vbt_walk_registers },
	{ 9, "dot_clock_override_old", .until = 164, GROUPS(dot_clock_alm_groups) },
	{ 9, "psr", .since = 165, GROUPS(psr_groups) },
	{ 10, "mode_removal", GROUPS(mode_removal_groups), .walk = vbt_walk_end },
	{ 11, "child_devices", GROUPS(child_table_groups) },
	{ 12, "driver_features", GROUPS(driver_features_groups) },
	{ 13, "driver_persistence", GROUPS(persistence_groups) },
	{ 14, "ext_table_pointers", .walk = vbt_walk_pointers },
	{ 15, "dot_clock_override", GROUPS(dot_clock_groups), .walk = vbt_walk_lvds_clocks },
	{ 16, "display_select_old", .walk = vbt_walk_toggles },
	{ 17, "sv_test", GROUPS(sv_test_groups) },
	{ 18, "driver_rotation", GROUPS(rotation_groups) },
	{ 19, "display_remove_old", GROUPS(remove_old_groups) },
	{ 20, "oem_modes", GROUPS(oem_groups) },
	{ 21, "efp_list", GROUPS(efp_groups) },
	{ 22, "sdvo_options", GROUPS(sdvo_options_groups) },
	{ 23, "sdvo_dtd", GROUPS(sdvo_dtd_groups) },
	{ 24, "sdvo_pnp_id", GROUPS(sdvo_pnp_groups) },
	{ 25, "sdvo_power", GROUPS(sdvo_power_groups) },
	{ 26, "tv_options", GROUPS(tv_groups) },
	{ 27, "edp", GROUPS(edp_groups) },
	{ 28, "efp_dtd", GROUPS(efp_dtd_groups) },
	{ 29, "display_select_ivb", .walk = vbt_walk_toggles },
	{ 30, "display_remove_ivb", GROUPS(remove_ivb_groups) },
	{ 31, "display_select_hsw", .walk = vbt_walk_toggles },
	{ 32, "display_remove_hsw", GROUPS(remove_hsw_groups) },
	{ 40, "lfp_options", GROUPS(lfp_options_groups) },
	{ 41, "lfp_data_pointers", .walk = vbt_walk_lfp_pointers },
	{ 42, "lfp_data", .walk = vbt_walk_lfp_data },
	{ 43, "lfp_backlight", GROUPS(backlight_groups) },
	{ 44, "lfp_power", GROUPS(power_groups) },
	{ 45, "edp_bfi", GROUPS(bfi_groups) },
	{ 46, "chromaticity", GROUPS(chromaticity_groups), .walk = vbt_walk_chromaticity },
	{ 50, "mipi", GROUPS(mipi_old_groups) },
	{ 51, "fixed_mode", GROUPS(fixed_mode_groups) },
	{ 52, "mipi_config", GROUPS(mipi_groups) },
	{ 53, "mipi_sequence", .walk = vbt_walk_sequence },
	{ 54, "rgb_palette", GROUPS(palette_groups) },
	{ 55, "compression_old", GROUPS(dsc_old_groups) },
	{ 56, "compression", GROUPS(dsc_groups) },
	{ 57, "swing_tables", .walk = vbt_walk_swing },
	{ 58, "generic_dtd", .walk = vbt_walk_generic_dtd },
	{ 252, "int15_hook", .walk = vbt_walk_pointers },
	{ 253, "prd", .walk = vbt_walk_prd },
	{ 254, "vbios_private", .walk = vbt_walk_private },
};
const size_t vbt_n_shapes = ARRAY_SIZE(vbt_shapes);
