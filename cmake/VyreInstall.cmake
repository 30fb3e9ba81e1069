# One installed archive, libvyre_runtime.a, made of the objects of all layers, with the headers
# under include/vyre, a CMake package `vyre` (target vyre::runtime) and vyre.pc.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(vyre_layers GLOBAL PROPERTY VYRE_LAYERS)

set(vyre_objects)
set(vyre_packages)
foreach(layer ${vyre_layers})
  list(APPEND vyre_objects $<TARGET_OBJECTS:${layer}>)
  get_target_property(packages ${layer} VYRE_PACKAGES)
  list(APPEND vyre_packages ${packages})
endforeach()
list(REMOVE_DUPLICATES vyre_packages)
# The layer `runtime` has the target name vyre_runtime, so the archive lies in a folder of its own.
add_library(vyre_archive STATIC ${vyre_objects})
set_target_properties(vyre_archive PROPERTIES
  LINKER_LANGUAGE CXX
  OUTPUT_NAME vyre_runtime
  EXPORT_NAME runtime
  ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
target_compile_features(vyre_archive INTERFACE cxx_std_20)
target_include_directories(vyre_archive INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(vyre_archive PUBLIC tl::expected PRIVATE fmt::fmt ${vyre_packages})

# With CUDA, a copy of the static CUDA runtime lies beside the archive, so that who links it needs
# neither nvcc nor the toolkit.
set(VYRE_CUDA_RUNTIME_PATH)
set(VYRE_PC_CUDA)
if(VYRE_CUDA)
  set(VYRE_CUDA_RUNTIME_PATH
    "\"\${PACKAGE_PREFIX_DIR}/${CMAKE_INSTALL_LIBDIR}/vyre/libcudart_static.a\"")
  set(VYRE_PC_CUDA "\${libdir}/vyre/libcudart_static.a -ldl -lrt")
  install(FILES ${CUDA_cudart_static_LIBRARY} DESTINATION ${CMAKE_INSTALL_LIBDIR}/vyre)
  target_link_libraries(vyre_archive INTERFACE $<INSTALL_INTERFACE:vyre::cuda_runtime>)
endif()

set(vyre_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vyre)
install(TARGETS vyre_archive EXPORT vyre)
install(EXPORT vyre NAMESPACE vyre:: DESTINATION ${vyre_package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/vyre DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/vyreConfig.cmake.in
  ${PROJECT_BINARY_DIR}/vyreConfig.cmake INSTALL_DESTINATION ${vyre_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/vyreConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/vyreConfig.cmake ${PROJECT_BINARY_DIR}/vyreConfigVersion.cmake
  DESTINATION ${vyre_package_dir})

# The prefix is known only when `cmake --install --prefix` runs, hence a pc file relative to itself.
file(RELATIVE_PATH VYRE_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/vyre.pc.in ${PROJECT_BINARY_DIR}/vyre.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/vyre.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
