//! A chain of three hundred tasks, each of which requires what the one before it provides, compiles.

#![recursion_limit = "512"]

use purvey::prelude::*;

/// A task whose name is also the name of its model.
macro_rules! step {
    ($task:ident($($before:ident)?)) => {
        #[task]
        fn $task($($before: &Value<u32, $before>,)? $task: &mut Value<u32, $task>) -> Result<()> {
            $task.put(1 $(+ $before.get()?)?)
        }

        impl Named for $task {
            const NAME: &'static str = stringify!($task);
            const DOC: &'static str = "";
            const EXTENSION: &'static str = "";
        }
    };
}

macro_rules! steps {
    ($before:ident $task:ident $($rest:ident)*) => {
        step!($task($before));
        steps!($task $($rest)*);
    };
    ($last:ident) => {};
}

step!(t000());
steps! {
    t000 t001 t002 t003 t004 t005 t006 t007 t008 t009 t010 t011 t012 t013 t014 t015 t016 t017 t018 t019
    t020 t021 t022 t023 t024 t025 t026 t027 t028 t029 t030 t031 t032 t033 t034 t035 t036 t037 t038 t039
    t040 t041 t042 t043 t044 t045 t046 t047 t048 t049 t050 t051 t052 t053 t054 t055 t056 t057 t058 t059
    t060 t061 t062 t063 t064 t065 t066 t067 t068 t069 t070 t071 t072 t073 t074 t075 t076 t077 t078 t079
    t080 t081 t082 t083 t084 t085 t086 t087 t088 t089 t090 t091 t092 t093 t094 t095 t096 t097 t098 t099
    t100 t101 t102 t103 t104 t105 t106 t107 t108 t109 t110 t111 t112 t113 t114 t115 t116 t117 t118 t119
    t120 t121 t122 t123 t124 t125 t126 t127 t128 t129 t130 t131 t132 t133 t134 t135 t136 t137 t138 t139
    t140 t141 t142 t143 t144 t145 t146 t147 t148 t149 t150 t151 t152 t153 t154 t155 t156 t157 t158 t159
    t160 t161 t162 t163 t164 t165 t166 t167 t168 t169 t170 t171 t172 t173 t174 t175 t176 t177 t178 t179
    t180 t181 t182 t183 t184 t185 t186 t187 t188 t189 t190 t191 t192 t193 t194 t195 t196 t197 t198 t199
    t200 t201 t202 t203 t204 t205 t206 t207 t208 t209 t210 t211 t212 t213 t214 t215 t216 t217 t218 t219
    t220 t221 t222 t223 t224 t225 t226 t227 t228 t229 t230 t231 t232 t233 t234 t235 t236 t237 t238 t239
    t240 t241 t242 t243 t244 t245 t246 t247 t248 t249 t250 t251 t252 t253 t254 t255 t256 t257 t258 t259
    t260 t261 t262 t263 t264 t265 t266 t267 t268 t269 t270 t271 t272 t273 t274 t275 t276 t277 t278 t279
    t280 t281 t282 t283 t284 t285 t286 t287 t288 t289 t290 t291 t292 t293 t294 t295 t296 t297 t298 t299
}

#[test]
fn three_hundred_tasks_listed_backwards_are_checked_when_compiled() {
    #[rustfmt::skip]
    let chain = chain!("long": [
        t299, t298, t297, t296, t295, t294, t293, t292, t291, t290, t289, t288, t287, t286, t285, t284, t283, t282, t281, t280,
        t279, t278, t277, t276, t275, t274, t273, t272, t271, t270, t269, t268, t267, t266, t265, t264, t263, t262, t261, t260,
        t259, t258, t257, t256, t255, t254, t253, t252, t251, t250, t249, t248, t247, t246, t245, t244, t243, t242, t241, t240,
        t239, t238, t237, t236, t235, t234, t233, t232, t231, t230, t229, t228, t227, t226, t225, t224, t223, t222, t221, t220,
        t219, t218, t217, t216, t215, t214, t213, t212, t211, t210, t209, t208, t207, t206, t205, t204, t203, t202, t201, t200,
        t199, t198, t197, t196, t195, t194, t193, t192, t191, t190, t189, t188, t187, t186, t185, t184, t183, t182, t181, t180,
        t179, t178, t177, t176, t175, t174, t173, t172, t171, t170, t169, t168, t167, t166, t165, t164, t163, t162, t161, t160,
        t159, t158, t157, t156, t155, t154, t153, t152, t151, t150, t149, t148, t147, t146, t145, t144, t143, t142, t141, t140,
        t139, t138, t137, t136, t135, t134, t133, t132, t131, t130, t129, t128, t127, t126, t125, t124, t123, t122, t121, t120,
        t119, t118, t117, t116, t115, t114, t113, t112, t111, t110, t109, t108, t107, t106, t105, t104, t103, t102, t101, t100,
        t099, t098, t097, t096, t095, t094, t093, t092, t091, t090, t089, t088, t087, t086, t085, t084, t083, t082, t081, t080,
        t079, t078, t077, t076, t075, t074, t073, t072, t071, t070, t069, t068, t067, t066, t065, t064, t063, t062, t061, t060,
        t059, t058, t057, t056, t055, t054, t053, t052, t051, t050, t049, t048, t047, t046, t045, t044, t043, t042, t041, t040,
        t039, t038, t037, t036, t035, t034, t033, t032, t031, t030, t029, t028, t027, t026, t025, t024, t023, t022, t021, t020,
        t019, t018, t017, t016, t015, t014, t013, t012, t011, t010, t009, t008, t007, t006, t005, t004, t003, t002, t001, t000,
    ]);
    assert_eq!(chain.tasks().len(), 300);
    assert_eq!(chain.tasks().names().next(), Some("t299"));
}
